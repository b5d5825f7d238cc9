// How far a result may lie from the recorded one where it is made elsewhere (another processor,
// number of threads, device or build), and what a sample of runs that were made again says of all.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sslx::record {

/// In points of percent, of a share of so many test images: one point for the training, which parts
/// at the first rounding, and two standard errors of the share for the images on the border.
double tolerance(double percent, int64_t images);

/// The least share of all runs that the sample speaks for at 95 % confidence (Clopper and Pearson,
/// one-sided); 0 of none.
double least_share(size_t same, size_t sample);

}  // namespace sslx::record
