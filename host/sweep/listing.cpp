#include "host/sweep/listing.h"

#include <algorithm>
#include <utility>

namespace sslx::sweep {
namespace {

constexpr int kPauseOfCost = 50;  // times what a listing took

}  // namespace

Listing::Listing(std::filesystem::path folder, std::chrono::milliseconds least,
                 std::function<std::string(const std::string&)> key_of)
    : folder_(std::move(folder)), least_(least), key_of_(std::move(key_of)) {}

bool Listing::contains(const std::string& key) {
  if (Clock::now() >= next_) list();
  return keys_.contains(key);
}

void Listing::list() {
  const Clock::time_point begin = Clock::now();
  keys_.clear();
  std::error_code error;
  for (std::filesystem::directory_iterator at(folder_, error), end; !error && at != end;
       at.increment(error)) {
    std::string name = at->path().filename().string();
    keys_.insert(key_of_ ? key_of_(name) : std::move(name));
  }
  const Clock::time_point now = Clock::now();
  next_ = now + std::max<Clock::duration>(least_, kPauseOfCost * (now - begin));
}

}  // namespace sslx::sweep
