// The `sslx` command. It holds no torch, so that it starts in milliseconds and outlives what it
// runs.
#include <sslx/error.h>

#include <cstdio>
#include <system_error>

#include "cli/context.h"
#include "cli/libtorch.h"
#include "cli/output.h"
#include "cli/verbs.h"
#include "host/data/plain_words.h"

namespace {

using sslx::cli::tell;

int run(int argc, char** argv) {
  CLI::App app{
      "sslx runs the comparisons of self-supervised methods as sweeps, keeps every result in a "
      "database, and prints the tables.",
      "sslx"};
  sslx::cli::Context context;
  context.words.assign(argv, argv + argc);
  app.set_version_flag("--version", sslx::cli::version_text, "sslx's version, and its LibTorch's");
  app.add_flag_callback(
      "--cmake-dir", [] { throw CLI::CallForVersion(sslx::cli::cmake_folder().string(), 0); },
      "The folder of sslxConfig.cmake, for a plugin of one's own");
  app.add_option("--home", context.home, "Where results/sslx.db and runs/ are")
      ->envname("SSLX_HOME")
      ->capture_default_str();
  app.add_option("--plugin-dir", context.plugin_dirs, "A folder of plugins, searched first");
  app.require_subcommand(1);
  app.fallthrough();
  sslx::cli::add_sweep(app, context);
  sslx::cli::add_report(app, context);
  sslx::cli::add_claims(app, context);
  sslx::cli::add_plan(app, context);
  sslx::cli::add_runs(app, context);
  sslx::cli::add_show(app, context);
  sslx::cli::add_diff(app, context);
  sslx::cli::add_doctor(app, context);
  sslx::cli::add_reproduce(app, context);
  sslx::cli::add_debug(app, context);
  sslx::cli::add_merge(app, context);
  sslx::cli::add_clean(app, context);
  sslx::cli::add_db(app, context);
  sslx::cli::add_bundle(app, context);
  sslx::cli::add_plugins(app, context);
  sslx::cli::add_data(app, context);
  sslx::cli::add_views(app, context);
  sslx::cli::add_bench(app, context);
  sslx::cli::add_attention(app, context);
  sslx::cli::add_export(app, context);
  sslx::cli::add_import(app, context);
  sslx::cli::add_help(app, context);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const std::vector<std::string> words(context.words.begin() + 1, context.words.end());
    const bool asked = error.get_exit_code() == 0;  // --help, --version
    const std::string wrong = asked ? "" : sslx::cli::wrong_word(app, words);
    if (!wrong.empty()) throw sslx::input_error(wrong);
    return app.exit(error) == 0 ? 0 : 2;
  }
  return context.exit_code;
}

/// The exit code, whatever is thrown.
int run_told(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const sslx::Error& error) {
    sslx::cli::tell_error(error);
    return error.exit_code();
  } catch (const std::exception& error) {
    // fmt throws one when standard output fails, which is judged and told at the end.
    const bool is_of_system = dynamic_cast<const std::system_error*>(&error) != nullptr;
    if (is_of_system && std::ferror(stdout) != 0) return 0;
    tell("sslx: " + sslx::data::plain_words());
  }
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  sslx::cli::hold_standard_files();
  return sslx::cli::checked_output(run_told(argc, argv));
}
