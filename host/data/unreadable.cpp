#include "host/data/unreadable.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "host/data/data_error.h"
#include "host/data/path_text.h"

namespace sslx::data {

void Unreadable::found(const std::filesystem::path& file, const std::string& why) {
  const std::lock_guard lock(mutex_);
  if (files_.emplace(file, why).second) {
    ++count_;
    news_.push_back(fmt::format("{}: {}", path_text(file), why));
  }
  if (count_ > limit_) throw DataError(too_many_unreadable(file, why, count_, limit_));
}

int64_t Unreadable::count() const {
  const std::lock_guard lock(mutex_);
  return count_;
}

bool Unreadable::has(const std::filesystem::path& file) const {
  const std::lock_guard lock(mutex_);
  return files_.contains(file);
}

/// Sorted: which worker found one first is chance.
std::vector<std::string> Unreadable::news() {
  const std::lock_guard lock(mutex_);
  std::ranges::sort(news_);
  return std::exchange(news_, {});
}

std::string too_many_unreadable(const std::filesystem::path& file, const std::string& why,
                                int64_t count, int64_t limit) {
  return fmt::format("{}: {} ({} unreadable in all, data.unreadable_limit is {})", path_text(file),
                     why, count, limit);
}

}  // namespace sslx::data
