// How far a result may lie from the recorded one where it is made elsewhere (another processor,
// number of threads, device or build), and what a sample of runs that were made again says of all.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sslx::record {

/// In points of percent, of a share of so many test images: two standard errors of the difference
/// of two such shares, for the images on the border, and three points for a training that parts at
/// the first rounding. That was measured on short trainings, of which the least is sure: five
/// methods of two seeds, six epochs of 1,000 Fashion-MNIST images, made again with two threads and
/// with three instead of one; kNN parted by 1.1 points at most, the linear probe, which may choose
/// another rate then, by 3.7; half of all by less than 0.4. It was then held against six methods of
/// CIFAR-10 as short: kNN parted by 1.8 at most, the linear probe by 6.2 (7.1 are allowed there).
double tolerance(double percent, int64_t images);

/// The least share of all runs that the sample speaks for at 95 % confidence (Clopper and Pearson,
/// one-sided); 0 of none.
double least_share(size_t same, size_t sample);

}  // namespace sslx::record
