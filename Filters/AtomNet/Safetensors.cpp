// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "Safetensors.h"

#include "ByteOrder.h"
#include "Error.h"
#include "JsonText.h"
#include "OutputFile.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <set>
#include <utility>

namespace apt
{

namespace
{
constexpr std::uint64_t lengthSize = 8;
constexpr std::uint64_t headerLimit = std::uint64_t{ 4 } << 20;
constexpr const char* metadataName = "__metadata__";

/** The product; nothing where it is 2^63 or more. */
std::optional<std::uint64_t> productOf(const std::vector<std::size_t>& shape)
{
  constexpr std::uint64_t limit = std::numeric_limits<std::int64_t>::max();
  std::uint64_t product = 1;
  for (const std::size_t extent : shape)
  {
    if (extent != 0 && product > limit / extent)
    {
      return {};
    }
    product *= extent;
  }
  return product;
}

/** A tensor's place as the header gives it, from the end of the header. */
struct Place
{
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

/** The header of one file, with what is wrong in the words of a message. */
class Header
{
public:
  Header(const std::string& path, const nlohmann::json& json)
    : Path(path)
    , Json(json)
  {
    if (!json.is_object())
    {
      throw FileError::atByte(path, lengthSize, "the header is no JSON object");
    }
  }

  std::map<std::string, std::string> metadata() const
  {
    std::map<std::string, std::string> texts;
    const auto found = this->Json.find(metadataName);
    if (found == this->Json.end())
    {
      return texts;
    }
    if (!found->is_object())
    {
      throw FileError(this->Path, "the header's \"__metadata__\" is no JSON object");
    }
    for (const auto& item : found->items())
    {
      if (!item.value().is_string())
      {
        throw FileError(this->Path, "metadata " + inQuotes(item.key()) + " is not a text");
      }
      texts[item.key()] = item.value().get<std::string>();
    }
    return texts;
  }

  /** The tensors with their places, in the order of these; dataSize is what the file has. */
  std::vector<std::pair<TensorDescription, Place>> tensors(std::uint64_t dataSize) const
  {
    std::vector<std::pair<TensorDescription, Place>> tensors;
    for (const auto& item : this->Json.items())
    {
      if (item.key() != metadataName)
      {
        tensors.push_back(this->tensor(item.key(), item.value(), dataSize));
      }
    }
    // Stable: what takes no place keeps the order of the names.
    std::stable_sort(tensors.begin(), tensors.end(),
      [](const auto& left, const auto& right)
      {
        return std::make_pair(left.second.begin, left.second.end) <
          std::make_pair(right.second.begin, right.second.end);
      });
    std::uint64_t end = 0;
    for (const auto& [description, place] : tensors)
    {
      if (place.begin != end)
      {
        throw FileError(this->Path,
          nameOf(description.name) + " begins at byte " + std::to_string(place.begin) +
            " of the values; expected is " + std::to_string(end) +
            ", where the one before it ends");
      }
      end = place.end;
    }
    if (end != dataSize)
    {
      throw FileError(this->Path,
        "the values of the tensors end at byte " + std::to_string(end) +
          " behind the header; the file goes on to " + std::to_string(dataSize));
    }
    return tensors;
  }

private:
  static std::string nameOf(const std::string& tensor) { return "tensor " + inQuotes(tensor); }

  std::vector<std::uint64_t> integers(
    const std::string& tensor, const char* key, const nlohmann::json& json) const
  {
    std::vector<std::uint64_t> numbers;
    const bool isArray = json.is_array();
    for (const nlohmann::json& number : isArray ? json : nlohmann::json::array())
    {
      if (!number.is_number_unsigned() ||
        number.get<std::uint64_t>() > std::uint64_t{ std::numeric_limits<std::int64_t>::max() })
      {
        throw FileError(this->Path,
          nameOf(tensor) + ": " + key + " has " + inQuotes(number.dump(-1, ' ', true)) +
            "; expected are whole numbers from 0 to below 2^63");
      }
      numbers.push_back(number.get<std::uint64_t>());
    }
    if (!isArray)
    {
      throw FileError(this->Path, nameOf(tensor) + ": " + key + " is no list of numbers");
    }
    return numbers;
  }

  std::pair<TensorDescription, Place> tensor(
    const std::string& name, const nlohmann::json& json, std::uint64_t dataSize) const
  {
    if (!json.is_object())
    {
      throw FileError(this->Path, nameOf(name) + " is no JSON object");
    }
    for (const char* key : { "dtype", "shape", "data_offsets" })
    {
      if (!json.contains(key))
      {
        throw FileError(this->Path, nameOf(name) + " has no \"" + key + "\"");
      }
    }
    if (json.size() != 3)
    {
      throw FileError(this->Path,
        nameOf(name) + " has " + std::to_string(json.size()) +
          " properties; expected are dtype, shape and data_offsets");
    }
    const nlohmann::json& type = json["dtype"];
    if (!type.is_string() || type.get_ref<const std::string&>() != "F32")
    {
      throw FileError(this->Path,
        nameOf(name) + " is of type " +
          (type.is_string() ? inQuotes(type.get_ref<const std::string&>()) : "?") +
          "; only F32 (float32) is read");
    }

    TensorDescription description{ name, {} };
    for (const std::uint64_t extent : this->integers(name, "shape", json["shape"]))
    {
      description.shape.push_back(static_cast<std::size_t>(extent));
    }
    const std::vector<std::uint64_t> offsets =
      this->integers(name, "data_offsets", json["data_offsets"]);
    if (offsets.size() != 2 || offsets[0] > offsets[1] || offsets[1] > dataSize)
    {
      throw FileError(this->Path,
        nameOf(name) + ": data_offsets is " + inQuotes(json["data_offsets"].dump()) +
          "; expected are a begin and an end within the " + std::to_string(dataSize) +
          " bytes that the file has behind its header");
    }
    const std::optional<std::uint64_t> count = productOf(description.shape);
    const std::uint64_t bytes = offsets[1] - offsets[0];
    if (!count || bytes % sizeof(float) != 0 || bytes / sizeof(float) != *count)
    {
      throw FileError(this->Path,
        nameOf(name) + " has " + std::to_string(bytes) +
          " bytes; expected is what float32 values of shape " + shapeText(description.shape) +
          " take");
    }
    return { std::move(description), { offsets[0], offsets[1] } };
  }

  const std::string& Path;
  const nlohmann::json& Json;
};

/** The header of the file, its text. */
std::string readHeader(const InputFile& file)
{
  const std::string& path = file.path();
  if (file.size() < lengthSize)
  {
    throw FileError(path,
      "is " + std::to_string(file.size()) +
        " bytes long; a safetensors file begins with 8 bytes that give the length of its header");
  }
  std::uint64_t length = 0;
  file.read(0, &length, sizeof(length));
  length = loadLittle<std::uint64_t>(&length);
  const std::uint64_t rest = file.size() - lengthSize;
  if (length > rest)
  {
    throw FileError::atByte(path, 0,
      "the header is said to be " + std::to_string(length) + " bytes long, but the file has " +
        std::to_string(rest) + " more: it was cut short or is no safetensors file");
  }
  if (length > headerLimit)
  {
    throw FileError::atByte(path, 0,
      "the header is said to be " + std::to_string(length) + " bytes long; expected is " +
        std::to_string(headerLimit) + " at most");
  }
  std::string text(static_cast<std::size_t>(length), '\0');
  file.read(lengthSize, text.data(), text.size());
  if (text.empty() || text.front() != '{')
  {
    throw FileError::atByte(
      path, lengthSize, "no safetensors header begins here, which would be a JSON object");
  }
  return text;
}
} // namespace

std::string shapeText(const std::vector<std::size_t>& shape)
{
  // A shape that no file of ours has would make a message that nobody reads.
  constexpr std::size_t limit = 8;
  std::string text = "[";
  for (std::size_t i = 0; i < std::min(shape.size(), limit); ++i)
  {
    text += (i > 0 ? ", " : "") + std::to_string(shape[i]);
  }
  return text + (shape.size() > limit ? ", …]" : "]");
}

SafetensorsFile::SafetensorsFile(const std::string& path)
  : File(path)
{
  const std::string text = readHeader(this->File);
  nlohmann::json json;
  try
  {
    json = parseJson(text);
  }
  catch (const JsonError& error)
  {
    throw FileError::atByte(
      path, lengthSize + error.byte(), std::string("the header ") + error.what());
  }
  const Header header(path, json);
  this->Metadata = header.metadata();
  const std::uint64_t dataBegin = lengthSize + text.size();
  for (auto& [description, place] : header.tensors(this->File.size() - dataBegin))
  {
    const std::size_t count = static_cast<std::size_t>((place.end - place.begin) / sizeof(float));
    this->Tensors.push_back({ description, dataBegin + place.begin, count });
  }
}

Tensor SafetensorsFile::read(const Entry& entry) const
{
  Tensor tensor{ entry.description.name, entry.description.shape, {} };
  tensor.values.resize(entry.count);
  if (tensor.values.empty())
  {
    return tensor;
  }
  this->File.read(entry.offset, tensor.values.data(), entry.count * sizeof(float));
  for (std::size_t i = 0; i < entry.count; ++i)
  {
    float& value = tensor.values[i];
    value = loadLittle<float>(&value);
    if (!std::isfinite(value))
    {
      throw FileError::atByte(this->path(), entry.offset + i * sizeof(float),
        "value " + std::to_string(i) + " of tensor " + inQuotes(tensor.name) + " is " +
          (std::isnan(value) ? "NaN" : "infinite") + "; expected are finite numbers");
    }
  }
  return tensor;
}

void writeSafetensors(const std::string& path, const std::map<std::string, std::string>& metadata,
  const std::vector<Tensor>& tensors)
{
  // Ordered, so that the header reads like the network.
  nlohmann::ordered_json header;
  header[metadataName] = metadata;
  std::set<std::string> names{ metadataName };
  std::uint64_t offset = 0;
  for (const Tensor& tensor : tensors)
  {
    if (!names.insert(tensor.name).second)
    {
      throw ParameterError("the name of a tensor", inQuotes(tensor.name), "a name of its own");
    }
    if (productOf(tensor.shape) != tensor.values.size())
    {
      throw ParameterError("the shape of tensor " + inQuotes(tensor.name), shapeText(tensor.shape),
        "one that " + std::to_string(tensor.values.size()) + " values fill");
    }
    if (!std::all_of(tensor.values.begin(), tensor.values.end(),
          [](float value) { return std::isfinite(value); }))
    {
      throw ParameterError(
        "a value of tensor " + inQuotes(tensor.name), "NaN or infinite", "a finite number");
    }
    const std::uint64_t end = offset + tensor.values.size() * sizeof(float);
    header[tensor.name] = { { "dtype", "F32" }, { "shape", tensor.shape },
      { "data_offsets", { offset, end } } };
    offset = end;
  }

  std::string text;
  try
  {
    text = header.dump();
  }
  catch (const nlohmann::json::exception&)
  {
    throw ParameterError("a text or name of the model", "not UTF-8", "text in UTF-8");
  }
  constexpr std::size_t alignment = 8;
  text.resize((text.size() + alignment - 1) / alignment * alignment, ' ');
  if (text.size() > headerLimit)
  {
    throw ParameterError("the length of the header", std::to_string(text.size()) + " bytes",
      std::to_string(headerLimit) + " bytes at most");
  }

  OutputFile file(path);
  char length[lengthSize];
  storeLittle<std::uint64_t>(length, text.size());
  file.write(length, sizeof(length));
  file.write(text.data(), text.size());
  std::vector<char> bytes;
  for (const Tensor& tensor : tensors)
  {
    bytes.resize(tensor.values.size() * sizeof(float));
    for (std::size_t i = 0; i < tensor.values.size(); ++i)
    {
      storeLittle(bytes.data() + i * sizeof(float), tensor.values[i]);
    }
    file.write(bytes.data(), bytes.size());
  }
  file.commit();
}

} // namespace apt
