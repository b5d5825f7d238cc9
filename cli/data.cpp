// `sslx data`: what a data set holds, before anything is trained on it.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sslx/error.h>

#include <cmath>
#include <cstdio>

#include "cli/context.h"
#include "cli/output.h"
#include "cli/output_name.h"
#include "cli/settings.h"
#include "host/data/dataset.h"
#include "host/data/fingerprint.h"
#include "host/data/pack.h"
#include "host/data/path_text.h"
#include "host/data/prepare.h"

namespace sslx::cli {
namespace {

using nlohmann::json;

struct DataOptions {
  std::string name;
  std::filesystem::path path;
  std::vector<std::string> settings;
  std::filesystem::path out;  ///< Of pack and prepare.
};

/// What a place is as a data set: a folder with train/ has its classes there.
std::string name_of_place(const std::filesystem::path& place) {
  std::error_code failed;
  if (!std::filesystem::is_directory(place, failed)) return "pack";
  return std::filesystem::is_directory(place / "train", failed) ? "folder" : "images";
}

/// A folder of images or a pack is given by its place, other data sets by name.
data::DataSpec spec_of(const DataOptions& options) {
  std::error_code failed;
  const bool folder = std::filesystem::is_directory(options.name, failed);
  const bool pack = std::filesystem::is_regular_file(options.name, failed);
  if (!folder && !pack && std::filesystem::is_symlink(options.name, failed)) {
    throw input_error(fmt::format(
        "{}: the link leads to no folder and no pack; it must lead to one", options.name));
  }
  json table{{"name", folder || pack ? name_of_place(options.name) : data::as_text(options.name)}};
  table.update(read_settings(options.settings));
  return data::data_spec(data::resolve_data_config(table, "sslx data"),
                         folder || pack ? std::filesystem::path(options.name) : options.path);
}

/// Sums over all training images, a channel each, in 0 to 1.
struct ChannelSums {
  std::vector<double> values;
  std::vector<double> squares;
};

ChannelSums channel_sums(const data::ImageSet& set) {
  const auto channels = static_cast<size_t>(set.channels);
  ChannelSums out{std::vector<double>(channels), std::vector<double>(channels)};
  data::for_each_image(set, [&](std::span<const uint8_t> image) {
    const size_t area = image.size() / channels;
    for (size_t channel = 0; channel < channels; ++channel) {
      uint64_t sum = 0;
      uint64_t squares = 0;
      for (const uint8_t value : image.subspan(channel * area, area)) {
        sum += value;
        squares += uint64_t{value} * value;
      }
      out.values[channel] += static_cast<double>(sum) / 255.0;
      out.squares[channel] += static_cast<double>(squares) / (255.0 * 255.0);
    }
  });
  return out;
}

/// A folder's images need not be in memory together to be counted or packed; only where some may be
/// damaged, all are decoded first, since it must be known how many are left.
data::Dataset load_in_turn(data::DataSpec spec) {
  if (spec.is_files()) {
    spec.options["decode"] = spec.integer("unreadable_limit") == 0 ? "exact" : "once";
  }
  return data::load_dataset(spec);
}

void print_info(const data::DataSpec& spec) {
  const data::Dataset set = load_in_turn(spec);
  const ChannelSums sums = channel_sums(set.train);
  const double count = static_cast<double>(set.train.size() * set.train.height * set.train.width);
  std::vector<std::string> means;
  std::vector<std::string> deviations;
  for (size_t channel = 0; channel < sums.values.size(); ++channel) {
    const double mean = sums.values[channel] / count;
    means.push_back(fmt::format("{:.4f}", mean));
    deviations.push_back(
        fmt::format("{:.4f}", std::sqrt(sums.squares[channel] / count - mean * mean)));
  }
  fmt::print("data set     {}\n", spec.name);
  if (!spec.path.empty()) fmt::print("place        {}\n", data::path_text(spec.path));
  fmt::print("images       {} for training, {} for testing\n", set.train.size(), set.test.size());
  fmt::print("shape        {} x {} x {}\n", set.train.channels, set.train.height, set.train.width);
  std::vector<std::string> classes;
  for (const std::string& name : set.class_names) classes.push_back(data::as_text(name));
  fmt::print("classes      {}{}{}\n", classes.size(), classes.empty() ? "" : ": ",
             fmt::join(classes, ", "));
  fmt::print("mean         {}\n", fmt::join(means, " "));
  fmt::print("deviation    {}\n", fmt::join(deviations, " "));
  fmt::print("fingerprint  {}\n", data::data_fingerprint(spec));
  for (const std::string& warning : set.warnings) fmt::print("warning      {}\n", warning);
}

void pack(const DataOptions& options) {
  check_ending("OUT", options.out, ".pack", "a pack");
  const data::DataSpec spec = spec_of(options);
  const data::Dataset set = load_in_turn(spec);
  json source = spec.options;
  source.erase("decode");
  source["fingerprint"] = data::data_fingerprint(spec);
  data::write_pack(set, source, options.out);
  for (const std::string& warning : set.warnings) tell("warning: " + warning);
  fmt::print("{}: {} images for training, {} for testing, {} x {} x {}, {:.1f} MB\n",
             data::path_text(options.out), set.train.size(), set.test.size(), set.train.channels,
             set.train.height, set.train.width,
             static_cast<double>(std::filesystem::file_size(options.out)) / 1e6);
}

void prepare(const DataOptions& options) {
  const data::DataSpec spec = spec_of(options);
  if (!spec.is_files()) {
    throw input_error(
        fmt::format("sslx data prepare takes a folder of images; {} is none", options.name));
  }
  const data::Prepared done = data::prepare_folder(spec, options.out);
  if (!done.left_out.empty()) {
    fmt::print(stderr, "warning: {}\n", data::told(done.left_out, spec.path));
  }
  fmt::print(
      "{}: {} JPEG files rewritten, {} other images copied, {} were there; {:.1f} MB became "
      "{:.1f} MB\n",
      data::path_text(options.out), done.rewritten, done.copied, done.present,
      static_cast<double>(done.bytes_before) / 1e6, static_cast<double>(done.bytes_after) / 1e6);
}

/// What the verbs take.
void add_data_options(CLI::App& verb, DataOptions& options) {
  verb.add_option("NAME", options.name, "A data set's name, a folder of images, or a pack")
      ->required();
  verb.add_option("--path", options.path, "Where its files are");
  verb.add_option("--set", options.settings, "KEY=VALUE, an option of the data set");
}

}  // namespace

void add_data(CLI::App& app, Context&) {
  CLI::App* verb = app.add_subcommand("data", "Data sets: what they hold, and one file of each");
  verb->require_subcommand(1);
  verb->footer(
      "A folder of images has train/ and test/ (or val/, or neither: then nothing is evaluated on "
      "it),\nin them a folder a class, in those JPEG, PNG and WebP files, also in subfolders. Any "
      "other folder\nis all images below it, without labels. Names that begin with a dot are "
      "passed over; other kinds\nof files are left out, counted and named.");
  CLI::App* info = verb->add_subcommand(
      "info",
      "Counts, classes, shape, mean and deviation of the training images, fingerprint, and what "
      "is left out");
  const auto options = std::make_shared<DataOptions>();
  add_data_options(*info, *options);
  info->callback([options] { print_info(spec_of(*options)); });
  CLI::App* packing = verb->add_subcommand(
      "pack", "Writes a data set as one file that is mapped, not read, and that trials share");
  add_data_options(*packing, *options);
  packing->add_option("OUT", options->out, "The pack to write, such as cifar10.pack")->required();
  packing->callback([options] { pack(*options); });
  CLI::App* preparing = verb->add_subcommand(
      "prepare",
      "Copies a folder of JPEG files with restart markers: the same pixels, and a part of an image "
      "decodes without the rest (data.decode = \"exact\" or \"scaled\")");
  preparing->add_option("FOLDER", options->name, "A folder of images")->required();
  preparing->add_option("OUT", options->out, "The folder to write")->required();
  preparing->callback([options] { prepare(*options); });
}

}  // namespace sslx::cli
