// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "vtkRanks.h"

#include "Error.h"

#include "vtkMultiProcessController.h"
#include "vtkMultiProcessStream.h"

#include <algorithm>
#include <cstring>
#include <new>

namespace aptvtk
{

namespace
{

constexpr int Tag = 41270;
/** MPI counts in int. */
constexpr std::size_t LargestMessage = std::size_t(1) << 30;

enum Outcome
{
  Done,
  WasStopped,
  Failed
};

/** Calls message(offset, bytes) for parts that MPI takes. */
template <typename Message>
void inMessages(std::size_t size, const Message& message)
{
  for (std::size_t offset = 0; offset < size; offset += LargestMessage)
  {
    message(offset, static_cast<vtkIdType>(std::min(LargestMessage, size - offset)));
  }
}

} // namespace

Ranks::Ranks()
  : Controller(vtkMultiProcessController::GetGlobalController())
{
  if (this->Controller)
  {
    this->Rank = this->Controller->GetLocalProcessId();
    this->Count = this->Controller->GetNumberOfProcesses();
  }
}

void Ranks::together(const std::function<void()>& work) const
{
  if (!this->several())
  {
    work();
    return;
  }
  int outcome = Done;
  std::string sentence;
  try
  {
    work();
  }
  catch (const apt::Stopped&)
  {
    outcome = WasStopped;
  }
  catch (const std::bad_alloc&)
  {
    outcome = Failed;
    sentence = "not enough memory for this many ions";
  }
  catch (const std::exception& error)
  {
    outcome = Failed;
    sentence = error.what();
  }
  const std::vector<std::size_t> outcomes = this->all(static_cast<std::size_t>(outcome));
  const auto failed = std::find(outcomes.begin(), outcomes.end(), std::size_t(Failed));
  if (failed != outcomes.end())
  {
    vtkMultiProcessStream stream;
    stream << sentence;
    this->Controller->Broadcast(stream, static_cast<int>(failed - outcomes.begin()));
    stream >> sentence;
    if (this->isFirst())
    {
      throw apt::Error(sentence);
    }
    throw apt::Stopped();
  }
  if (std::find(outcomes.begin(), outcomes.end(), std::size_t(WasStopped)) != outcomes.end())
  {
    throw apt::Stopped();
  }
}

std::vector<std::size_t> Ranks::all(std::size_t mine) const
{
  if (!this->several())
  {
    return { mine };
  }
  const auto value = static_cast<unsigned long long>(mine);
  std::vector<unsigned long long> values(static_cast<std::size_t>(this->Count));
  this->Controller->AllGather(&value, values.data(), 1);
  return { values.begin(), values.end() };
}

std::size_t Ranks::least(std::size_t mine) const
{
  const std::vector<std::size_t> values = this->all(mine);
  return *std::min_element(values.begin(), values.end());
}

std::vector<std::string> Ranks::firstNames(const std::vector<std::string>& mine) const
{
  const std::vector<std::size_t> counts = this->all(mine.size());
  const auto has =
    std::find_if(counts.begin(), counts.end(), [](std::size_t count) { return count > 0; });
  if (!this->several() || has == counts.end())
  {
    return mine;
  }
  vtkMultiProcessStream stream;
  for (const std::string& name : mine)
  {
    stream << name;
  }
  this->Controller->Broadcast(stream, static_cast<int>(has - counts.begin()));
  std::vector<std::string> names(*has);
  for (std::string& name : names)
  {
    stream >> name;
  }
  return names;
}

void Ranks::gather(const void* mine, const std::vector<std::size_t>& sizes, void* whole) const
{
  const char* own = static_cast<const char*>(mine);
  if (!this->isFirst())
  {
    inMessages(sizes[static_cast<std::size_t>(this->Rank)],
      [&](std::size_t offset, vtkIdType bytes)
      { this->Controller->Send(own + offset, bytes, 0, Tag); });
    return;
  }
  char* place = static_cast<char*>(whole);
  if (sizes[0] > 0)
  {
    std::memcpy(place, own, sizes[0]);
  }
  for (int rank = 0; rank < this->Count; ++rank)
  {
    const std::size_t size = sizes[static_cast<std::size_t>(rank)];
    if (rank > 0)
    {
      inMessages(size,
        [&](std::size_t offset, vtkIdType bytes)
        { this->Controller->Receive(place + offset, bytes, rank, Tag); });
    }
    place += size;
  }
}

void Ranks::scatter(const void* whole, const std::vector<std::size_t>& sizes, void* mine) const
{
  char* own = static_cast<char*>(mine);
  if (!this->isFirst())
  {
    inMessages(sizes[static_cast<std::size_t>(this->Rank)],
      [&](std::size_t offset, vtkIdType bytes)
      { this->Controller->Receive(own + offset, bytes, 0, Tag); });
    return;
  }
  const char* place = static_cast<const char*>(whole);
  if (sizes[0] > 0)
  {
    std::memcpy(own, place, sizes[0]);
  }
  for (int rank = 0; rank < this->Count; ++rank)
  {
    const std::size_t size = sizes[static_cast<std::size_t>(rank)];
    if (rank > 0)
    {
      inMessages(size,
        [&](std::size_t offset, vtkIdType bytes)
        { this->Controller->Send(place + offset, bytes, rank, Tag); });
    }
    place += size;
  }
}

} // namespace aptvtk
