// The lines of `sslx plugins check`: one a check, its name before it begins, so that a plugin that
// crashes or hangs has said in which one.
#pragma once

#include <functional>
#include <string>

namespace sslx::check {

struct Outcome {
  enum Kind { kPassed, kWrong, kDoesNotApply };
  Kind kind = kPassed;
  std::string text;
};

/// `text`: a figure, or nothing.
Outcome passed(std::string text = "");
/// What is wrong and where.
Outcome wrong(std::string text);
/// Why it cannot be asked.
Outcome does_not_apply(std::string text);
/// Wrong for that reason, passed when there is none.
Outcome unless(std::string reason, std::string text = "");

class Lines {
 public:
  /// Prints the line; whatever `look` throws is what is wrong. False when something is.
  bool check(const std::string& name, const std::function<Outcome()>& look);

  /// The same of what all others need. An Error(kInput) is thrown on: a plugin that refuses what it
  /// is given, as a method that wants other views, is not wrong.
  bool begin(const std::string& name, const std::function<void()>& work);

  /// Prints how many checks `subject` passed; the command's exit code.
  int end(const std::string& subject) const;

 private:
  bool end_line(const Outcome& outcome);

  int failed_ = 0;
  int count_ = 0;
};

}  // namespace sslx::check
