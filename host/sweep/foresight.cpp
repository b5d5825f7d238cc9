#include "host/sweep/foresight.h"

#include <fmt/format.h>
#include <sslx/error.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <set>
#include <string>
#include <thread>

#include "host/record/whole_file.h"
#include "host/sweep/host_server.h"
#include "host/sweep/process.h"
#include "host/sweep/run_directory.h"
#include "host/sweep/size_check.h"

namespace sslx::sweep {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;

constexpr size_t kMost = 1000;
constexpr std::chrono::seconds kPatience{60};

/// A file that has no name, until the object goes.
class UnnamedFile {
 public:
  UnnamedFile() : descriptor_(memfd_create("sslx", MFD_CLOEXEC)) {}
  UnnamedFile(const UnnamedFile&) = delete;
  UnnamedFile& operator=(const UnnamedFile&) = delete;
  ~UnnamedFile() {
    if (descriptor_ >= 0) close(descriptor_);
  }

  int descriptor() const { return descriptor_; }
  std::filesystem::path path() const { return fmt::format("/proc/self/fd/{}", descriptor_); }

  std::string text() const {
    std::string out;
    std::array<char, 4096> part{};
    ssize_t count = 0;
    while ((count = pread(descriptor_, part.data(), part.size(), static_cast<off_t>(out.size()))) >
           0) {
      out.append(part.data(), static_cast<size_t>(count));
    }
    return out;
  }

 private:
  int descriptor_;
};

json form_of(const data::DataSizes& sizes) {
  json out{{"channels", sizes.image.channels},
           {"height", sizes.image.height},
           {"width", sizes.image.width},
           {"sources", json::array()}};
  for (const data::Source& view : sizes.views) out["sources"].push_back({view.name, view.channels});
  return out;
}

/// What decides about channels and labels.
std::string question_of(const Trial& trial) {
  const json& config = trial.config;
  const json& evaluate = config.at("evaluate");
  const json about{config.at("method"),
                   config.at("backbone"),
                   config.at("view"),
                   evaluate.at("ops"),
                   evaluate.value("finetune", json()),
                   *trial.images};
  return about.dump();
}

}  // namespace

Questions questions_about(const Plan& plan, const std::vector<size_t>& trials,
                          const QuestionOf& key) {
  Questions out;
  std::set<const json*> seen;
  std::set<std::string> different;
  for (const size_t i : trials) {
    const Trial& trial = plan.trials[i];
    if (trial.images == nullptr || !seen.insert(&trial.config.whole()).second) continue;
    if (seen.size() > kMost) break;
    if (!different.insert(key(trial)).second) continue;
    json one = *trial.images;
    one["request"] = host_request(trial);
    one["steps"] = trial.steps.value_or(1);
    out.all.push_back(std::move(one));
    out.about.push_back(&trial);
  }
  return out;
}

json ask_host(const json& question, const std::filesystem::path& host, HostServer* server,
              std::chrono::seconds patience) {
  const UnnamedFile in;
  const UnnamedFile out;
  if (in.descriptor() < 0 || out.descriptor() < 0 ||
      !record::write_all(in.descriptor(), question.dump())) {
    return {};
  }
  const HostFiles files{in.path(), out.path(), in.descriptor()};
  Process process(host, files, mark_of("", new_run_id()), server);
  const auto until = std::chrono::steady_clock::now() + patience;
  std::optional<Exit> end;
  while (!(end = process.poll()) && std::chrono::steady_clock::now() < until) {
    std::this_thread::sleep_for(milliseconds(2));
  }
  if (!end || end->code != 0 || end->signal != 0) return {};
  std::string text = out.text();
  while (text.ends_with('\n')) text.pop_back();
  return json::parse(text.substr(text.rfind('\n') + 1), nullptr, /*allow_exceptions=*/false);
}

std::shared_ptr<const json> images_known(const json& config, const data::DataSizes& sizes,
                                         const std::optional<data::DataSizes>& judged) {
  if (sizes.image.channels == 0) return nullptr;
  json out{{"images", form_of(sizes)},
           {"count", training_images(config.at("data"), sizes)},
           {"unlabelled", unlabelled_images(config.at("data"), sizes)},
           {"classes", sizes.train.classes.size()}};
  if (config.at("evaluate").contains("data") && judged && judged->image.channels > 0) {
    out["judged"] = form_of(*judged);
  }
  return std::make_shared<const json>(std::move(out));
}

void foresee(const Plan& plan, const std::vector<size_t>& trials, const std::filesystem::path& host,
             HostServer& server) {
  const Questions asked = questions_about(plan, trials, question_of);
  if (asked.about.empty()) return;
  const json found = ask_host({{"foresee", asked.all}}, host, &server, kPatience);
  if (!found.is_object() || !found.contains("at")) return;
  const Trial& refused = *asked.about.at(found.at("at").get<size_t>());
  throw input_error(fmt::format("{}: {}", trial_label(refused.variant, refused.axes, refused.seed),
                                found.at("message").get<std::string>()),
                    found.value("hint", ""));
}

}  // namespace sslx::sweep
