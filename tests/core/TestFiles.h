// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "IonCloud.h"
#include "IonFile.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

#include <unistd.h>

namespace apt
{
namespace test
{

/** A folder that is gone at the end of the test. */
class TemporaryFolder
{
public:
  TemporaryFolder()
  {
    std::string name = (std::filesystem::temp_directory_path() / "atomprobe-XXXXXX").string();
    if (!::mkdtemp(name.data()))
    {
      throw std::runtime_error("no temporary folder");
    }
    this->Path = name;
  }
  ~TemporaryFolder()
  {
    std::error_code ignored;
    std::filesystem::remove_all(this->Path, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  std::string path() const { return this->Path.string(); }
  std::string file(const std::string& name) const { return (this->Path / name).string(); }

  /** The names of what lies in the folder, sorted. */
  std::vector<std::string> names() const
  {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(this->Path))
    {
      names.push_back(entry.path().filename().string());
    }
    std::sort(names.begin(), names.end());
    return names;
  }

private:
  std::filesystem::path Path;
};

/** Bytes put together one value at a time. Independent of ByteOrder.h on purpose. */
class ByteString
{
public:
  template <typename T>
  ByteString& big(T value)
  {
    return this->put(value, true);
  }
  template <typename T>
  ByteString& little(T value)
  {
    return this->put(value, false);
  }
  ByteString& text(const std::string& value)
  {
    this->Bytes += value;
    return *this;
  }
  ByteString& zeros(std::size_t count)
  {
    this->Bytes.append(count, '\0');
    return *this;
  }
  /** ASCII as UTF-16LE, filled up with zeros to so many units. */
  ByteString& utf16(const std::string& value, std::size_t units)
  {
    std::string field(2 * units, '\0');
    for (std::size_t i = 0; i < value.size() && i < units; ++i)
    {
      field[2 * i] = value[i];
    }
    this->Bytes += field;
    return *this;
  }
  ByteString& append(const ByteString& other) { return this->text(other.Bytes); }

  const std::string& bytes() const { return this->Bytes; }
  std::size_t size() const { return this->Bytes.size(); }

private:
  template <typename T>
  ByteString& put(T value, bool bigEndian)
  {
    std::array<char, sizeof(T)> raw;
    std::memcpy(raw.data(), &value, sizeof(T));
    const bool hostIsBig = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;
    if (bigEndian != hostIsBig)
    {
      std::reverse(raw.begin(), raw.end());
    }
    this->Bytes.append(raw.data(), raw.size());
    return *this;
  }

  std::string Bytes;
};

inline void writeFile(const std::string& path, const std::string& bytes)
{
  std::ofstream stream(path, std::ios::binary);
  stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!stream)
  {
    throw std::runtime_error("cannot write " + path);
  }
}

inline void writeFile(const std::string& path, const ByteString& bytes)
{
  writeFile(path, bytes.bytes());
}

inline std::string readFile(const std::string& path)
{
  std::ifstream stream(path, std::ios::binary);
  return { std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>() };
}

/** The message of the exception of type E that the call throws; empty where it throws none. */
template <typename E, typename Call>
std::string messageOf(const Call& call)
{
  try
  {
    call();
  }
  catch (const E& error)
  {
    return error.what();
  }
  return {};
}

inline bool contains(const std::string& text, const std::string& part)
{
  return text.find(part) != std::string::npos;
}

/** True where one of the sentences contains the part. */
inline bool anyContains(const std::vector<std::string>& sentences, const std::string& part)
{
  return std::any_of(sentences.begin(), sentences.end(),
    [&part](const std::string& sentence) { return contains(sentence, part); });
}

/** The values of the array of that name, which must have this type; empty where there is none. */
template <typename T>
std::vector<T> valuesOf(const IonCloud& cloud, const std::string& name)
{
  for (const IonCloud::Array& array : cloud.arrays)
  {
    if (array.description.name == name)
    {
      EXPECT_EQ(sizeOf(array.description.type), sizeof(T)) << name;
      std::vector<T> values(array.values.size() / sizeof(T));
      if (!values.empty())
      {
        std::memcpy(values.data(), array.values.data(), values.size() * sizeof(T));
      }
      return values;
    }
  }
  return {};
}

inline std::vector<std::string> namesOf(const std::vector<ArrayDescription>& arrays)
{
  std::vector<std::string> names;
  for (const ArrayDescription& array : arrays)
  {
    names.push_back(array.name);
  }
  return names;
}

template <typename T>
void addArray(IonCloud& cloud, const std::string& name, const std::string& unit, ValueType type,
  const std::vector<T>& values, int components = 1)
{
  IonCloud::Array array{ { name, unit, type, components }, {} };
  array.values.resize(values.size() * sizeof(T));
  if (!values.empty())
  {
    std::memcpy(array.values.data(), values.data(), array.values.size());
  }
  cloud.arrays.push_back(std::move(array));
}

/** A slice of a file in memory of its own. */
inline IonCloud readSlice(const IonFile& file, const IonSlice& slice, bool keepNonFinite = false,
  IonFile::Outcome* outcome = nullptr)
{
  const std::size_t size = static_cast<std::size_t>(slice.count);
  IonCloud cloud;
  cloud.positions.resize(size * 3 + 1); // (+ 1: never a nullptr)
  std::vector<void*> arrays;
  for (const ArrayDescription& description : file.arrays())
  {
    cloud.arrays.push_back({ description, {} });
    cloud.arrays.back().values.resize(size * bytesPerIon(description));
    arrays.push_back(cloud.arrays.back().values.data());
  }
  const IonFile::Outcome result = file.read(slice, cloud.positions.data(), arrays, keepNonFinite);
  cloud.size = static_cast<std::size_t>(result.ions);
  cloud.positions.resize(cloud.size * 3);
  for (IonCloud::Array& array : cloud.arrays)
  {
    array.values.resize(cloud.size * bytesPerIon(array.description));
  }
  if (outcome)
  {
    *outcome = result;
  }
  return cloud;
}

/** Bit for bit, so that NaN equals itself. */
inline void expectEqual(const IonCloud& left, const IonCloud& right)
{
  ASSERT_EQ(left.size, right.size);
  ASSERT_EQ(left.positions.size(), right.positions.size());
  EXPECT_TRUE(left.positions.empty() ||
    std::memcmp(
      left.positions.data(), right.positions.data(), left.positions.size() * sizeof(float)) == 0);
  ASSERT_EQ(left.arrays.size(), right.arrays.size());
  for (std::size_t i = 0; i < left.arrays.size(); ++i)
  {
    EXPECT_EQ(left.arrays[i].description.name, right.arrays[i].description.name);
    EXPECT_EQ(left.arrays[i].description.unit, right.arrays[i].description.unit);
    EXPECT_EQ(left.arrays[i].description.type, right.arrays[i].description.type);
    EXPECT_EQ(left.arrays[i].description.components, right.arrays[i].description.components);
    EXPECT_EQ(left.arrays[i].values, right.arrays[i].values) << left.arrays[i].description.name;
  }
}

} // namespace test
} // namespace apt
