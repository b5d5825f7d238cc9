#include "host/weights/safetensors_header.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sslx/error.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

namespace sslx::train {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr uint64_t kLargestHeader = 100'000'000;  // the reference implementation's bound
constexpr size_t kMostDimensions = 64;
/// Tables within the table of tensors, and their lists: nothing lies deeper.
constexpr int kDeepest = 2;

struct Dtype {
  std::string_view name;
  size_t bytes;
};
constexpr std::array kTypes{Dtype{"F64", 8}, Dtype{"F32", 4}, Dtype{"F16", 2}, Dtype{"BF16", 2},
                            Dtype{"I64", 8}, Dtype{"I32", 4}, Dtype{"I16", 2}, Dtype{"I8", 1},
                            Dtype{"U8", 1},  Dtype{"BOOL", 1}};

/// What a parser would not tell of JSON, or only at the cost of a look at all keys for each of
/// them: a key that stands twice in a table, since readers differ in which one they take, and
/// depth.
struct KeyCheck : nlohmann::json_sax<json> {
  std::string fault;  ///< Empty when there is none.
  std::vector<std::set<std::string>> keys;
  size_t depth = 0;

  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool start_object(size_t) override {
    keys.emplace_back();
    return deeper();
  }
  bool end_object() override {
    keys.pop_back();
    return --depth, true;
  }
  bool start_array(size_t) override { return deeper(); }
  bool end_array() override { return --depth, true; }
  bool key(string_t& name) override {
    if (!keys.back().insert(name).second) fault = fmt::format("its header has '{}' twice", name);
    return fault.empty();
  }
  bool parse_error(size_t, const std::string&, const nlohmann::detail::exception&) override {
    return false;
  }

 private:
  bool deeper() {
    if (depth++ > kDeepest) fault = "its header is nested too deeply";
    return fault.empty();
  }
};

/// Reads one header; each check throws the sentence that the caller sees.
class Reader {
 public:
  Reader(uint64_t data_bytes, const std::string& file) : data_bytes_(data_bytes), file_(file) {}

  SafetensorsHeader read(std::string_view text) const {
    const json header = parsed(text);
    if (!header.is_object()) throw refused("its header is no table of tensors");
    SafetensorsHeader out;
    for (const auto& [name, value] : header.items()) {
      if (name == "__metadata__") {
        out.metadata = metadata(value);
      } else {
        out.tensors.push_back(entry(name, value));
      }
    }
    std::ranges::sort(out.tensors, {},
                      [](const TensorEntry& one) { return std::pair(one.begin, one.end); });
    check_order(out.tensors);
    return out;
  }

 private:
  Error refused(const std::string& why) const { return input_error(file_ + ": " + why); }
  Error refused(const std::string& tensor, const std::string& why) const {
    return refused(fmt::format("tensor '{}' {}", tensor, why));
  }

  /// JSON in which no key stands twice in a table.
  json parsed(std::string_view text) const {
    KeyCheck check;
    json::sax_parse(text, &check);  // what is no JSON is told below
    if (!check.fault.empty()) throw refused(check.fault);
    try {
      return json::parse(text);
    } catch (const json::parse_error& error) {
      throw refused(fmt::format("its header is no JSON (byte {} of {})", error.byte, text.size()));
    } catch (const json::exception&) {
      throw refused("its header has a number that is too large");
    }
  }

  std::map<std::string, std::string> metadata(const json& value) const {
    std::map<std::string, std::string> out;
    if (!value.is_object()) throw refused("its __metadata__ is no table of texts");
    for (const auto& [key, text] : value.items()) {
      if (!text.is_string()) throw refused("its __metadata__ is no table of texts");
      out[key] = text.get<std::string>();
    }
    return out;
  }

  TensorEntry entry(const std::string& name, const json& value) const {
    const bool whole = value.is_object() && value.contains("dtype") && value.contains("shape") &&
                       value.contains("data_offsets") && value.at("dtype").is_string() &&
                       value.at("shape").is_array() && value.at("data_offsets").is_array();
    if (!whole) throw refused(name, "is no table with dtype, shape and data_offsets");
    TensorEntry out{name, value.at("dtype").get<std::string>(), {}, 0, 0};
    if (dtype_size(out.dtype) == 0) {
      std::vector<std::string_view> known;
      for (const Dtype& type : kTypes) known.push_back(type.name);
      throw refused(name, fmt::format("is of type '{}'; it must be one of {}", out.dtype,
                                      fmt::join(known, ", ")));
    }
    if (value.at("shape").size() > kMostDimensions) {
      throw refused(name, fmt::format("has {} dimensions; it must be {} at most",
                                      value.at("shape").size(), kMostDimensions));
    }
    for (const json& length : value.at("shape")) {
      out.shape.push_back(static_cast<int64_t>(count(name, "shape", length)));
    }
    if (value.at("data_offsets").size() != 2) {
      throw refused(name, "has no two data_offsets, a begin and an end");
    }
    out.begin = count(name, "data_offsets", value.at("data_offsets").at(0));
    out.end = count(name, "data_offsets", value.at("data_offsets").at(1));
    check_place(out);
    return out;
  }

  /// A whole number from 0 that an int64_t holds.
  uint64_t count(const std::string& name, const char* key, const json& value) const {
    constexpr uint64_t kMost = std::numeric_limits<int64_t>::max();
    if (value.is_number_unsigned() && value.get<uint64_t>() <= kMost) return value.get<uint64_t>();
    throw refused(name, fmt::format("has {} in its {}; it must be a whole number from 0",
                                    value.dump().substr(0, 40), key));
  }

  /// Of the tensor. Torch also multiplies the lengths beside a 0, for its strides.
  uint64_t bytes_of(const TensorEntry& tensor) const {
    auto strided = static_cast<int64_t>(dtype_size(tensor.dtype));
    bool empty = false;
    for (const int64_t length : tensor.shape) {
      empty = empty || length == 0;
      if (__builtin_mul_overflow(strided, std::max<int64_t>(length, 1), &strided)) {
        throw refused(tensor.name, fmt::format("has the shape [{}], which is too large",
                                               fmt::join(tensor.shape, ", ")));
      }
    }
    return empty ? 0 : static_cast<uint64_t>(strided);
  }

  void check_place(const TensorEntry& tensor) const {
    const uint64_t bytes = bytes_of(tensor);
    if (tensor.begin > tensor.end || tensor.end - tensor.begin != bytes) {
      throw refused(tensor.name,
                    fmt::format("is said to lie from byte {} to {}; {} of shape [{}] must have {} "
                                "bytes",
                                tensor.begin, tensor.end, tensor.dtype,
                                fmt::join(tensor.shape, ", "), bytes));
    }
    if (tensor.end > data_bytes_) {
      throw refused(tensor.name, fmt::format("ends at byte {} of the data, which have only {}; the "
                                             "file is truncated",
                                             tensor.end, data_bytes_));
    }
  }

  void check_order(const std::vector<TensorEntry>& tensors) const {
    uint64_t end = 0;
    for (const TensorEntry& tensor : tensors) {
      if (tensor.begin != end) {
        throw refused(
            tensor.name,
            fmt::format("begins at byte {} of the data, where {} is; tensors must lie "
                        "one after the other",
                        tensor.begin, tensor.begin < end ? "another tensor" : "a gap before it"));
      }
      end = tensor.end;
    }
    if (end != data_bytes_) {
      throw refused(
          fmt::format("{} bytes follow its last tensor; there must be none", data_bytes_ - end));
    }
  }

  uint64_t data_bytes_;
  const std::string& file_;
};

/// A zip (torch.save since 1.6) or a bare pickle.
bool is_pickle(std::string_view begin) {
  const bool zip = begin.starts_with("PK\x03\x04");
  return zip || (begin.size() >= 2 && begin[0] == '\x80' && begin[1] >= 2 && begin[1] <= 5);
}

[[noreturn]] void refuse_beginning(std::string_view begin, const std::string& why,
                                   const std::string& file) {
  if (!is_pickle(begin)) throw input_error(file + ": " + why);
  throw input_error(
      file +
          ": this is a pickle of torch.save, which may run any code when it is read; it must be "
          "converted to safetensors first",
      "python3 -c \"import sys, torch; from safetensors.torch import save_file; "
      "d = torch.load(sys.argv[1], map_location='cpu', weights_only=True); "
      "d = d.get('state_dict', d.get('model', d)); "
      "t = {k: v.clone().contiguous() for k, v in d.items() if torch.is_tensor(v)}; "
      "t or sys.exit('there are no tensors in ' + sys.argv[1]); "
      "save_file(t, sys.argv[2])\" IN.pth OUT.safetensors");
}

}  // namespace

size_t dtype_size(std::string_view dtype) {
  const auto found = std::ranges::find(kTypes, dtype, &Dtype::name);
  return found == kTypes.end() ? 0 : found->bytes;
}

SafetensorsHeader parse_safetensors_header(std::string_view text, uint64_t data_bytes,
                                           const std::string& file) {
  return Reader(data_bytes, file).read(text);
}

SafetensorsHeader read_safetensors_header(std::istream& in, uint64_t file_bytes,
                                          const std::string& file) {
  std::array<char, 9> begin{};
  in.read(begin.data(), begin.size());
  const std::string_view seen(begin.data(), static_cast<size_t>(in.gcount()));
  uint64_t length = 0;
  std::memcpy(&length, begin.data(), sizeof length);
  if (seen.size() < begin.size()) {
    refuse_beginning(
        seen, fmt::format("it has {} bytes, too few for a safetensors file", seen.size()), file);
  }
  if (length > kLargestHeader || length > file_bytes - sizeof length) {
    refuse_beginning(seen,
                     fmt::format("its header is said to have {} bytes; it must be {} at most and "
                                 "within the file of {}",
                                 length, kLargestHeader, file_bytes),
                     file);
  }
  if (length == 0 || seen.back() != '{') {
    refuse_beginning(seen, "its header does not begin with '{'; it is no safetensors file", file);
  }
  std::string text(length, '\0');
  text[0] = '{';
  in.read(text.data() + 1, static_cast<std::streamsize>(length - 1));
  if (!in) throw input_error(file + ": its header cannot be read whole");
  return parse_safetensors_header(text, file_bytes - sizeof length - length, file);
}

OpenSafetensors open_safetensors(const fs::path& file) {
  std::error_code failed;
  const fs::file_status status = fs::status(file, failed);
  if (!fs::exists(status)) throw input_error(file.string() + ": there is no such file");
  if (!fs::is_regular_file(status)) throw input_error(file.string() + ": it is no regular file");
  std::ifstream in(file, std::ios::binary);
  const uintmax_t size = fs::file_size(file, failed);
  if (!in || failed) throw input_error(file.string() + ": it cannot be read");
  SafetensorsHeader header = read_safetensors_header(in, size, file.string());
  return {std::move(in), std::move(header)};
}

}  // namespace sslx::train
