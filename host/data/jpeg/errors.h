// How libjpeg's errors come back: by longjmp, so that nothing with a destructor may live between
// its setjmp and a call of the library. Private to host/data/jpeg.
#pragma once

#include <csetjmp>
#include <cstdio>

#include <jerror.h>
#include <jpeglib.h>

namespace sslx::data {

struct JpegErrors {
  jpeg_error_mgr base;
  std::jmp_buf back;
  char message[JMSG_LENGTH_MAX];
};

inline void on_jpeg_error(j_common_ptr info) {
  auto* errors = reinterpret_cast<JpegErrors*>(info->err);
  info->err->format_message(info, errors->message);
  std::longjmp(errors->back, 1);
}

/// A warning is damaged data (a truncated file, say): as much a failure as an error. Only bytes
/// between two markers, which some cameras leave there, harm nothing.
inline void on_jpeg_message(j_common_ptr info, int level) {
  if (level < 0 && info->err->msg_code != JWRN_EXTRANEOUS_DATA) on_jpeg_error(info);
}

/// A progressive file of a few kilobytes may ask for a thousand passes over a large image.
constexpr int kMostScans = 100;

inline void count_jpeg_scans(j_common_ptr info) {
  if (reinterpret_cast<j_decompress_ptr>(info)->input_scan_number <= kMostScans) return;
  auto* errors = reinterpret_cast<JpegErrors*>(info->err);
  std::snprintf(errors->message, sizeof errors->message,
                "the image has more than the %d scans that are allowed", kMostScans);
  std::longjmp(errors->back, 1);
}

/// Sets the three up; the result is for `info.err`.
inline jpeg_error_mgr* jpeg_errors(JpegErrors& errors, jpeg_progress_mgr& progress) {
  jpeg_error_mgr* out = jpeg_std_error(&errors.base);
  out->error_exit = on_jpeg_error;
  out->emit_message = on_jpeg_message;
  progress.progress_monitor = count_jpeg_scans;
  return out;
}

}  // namespace sslx::data
