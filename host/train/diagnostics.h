// Figures that tell how well features are spread while nothing is known of their use, and whether
// a training has collapsed. The formulas alone: feature_watch.h applies them.
#pragma once

#include <sslx/torch_base.h>

#include <map>
#include <string>

namespace sslx::train {

/// Mean squared distance of the unit rows of x and y, which are two views of the same images: 0
/// when the views agree (Wang and Isola 2020, arXiv:2005.10242, eq. 4, alpha 2). Both [N, D].
double alignment(const torch::Tensor& x, const torch::Tensor& y);

/// ln of the mean of exp(-2 |a - b|^2) over all pairs of unit rows: 0 when all are the same point,
/// towards -4 when they are spread (the same, eq. 5, t 2).
double uniformity(const torch::Tensor& x);

/// exp of the entropy of the singular values of the centred rows, which are divided by their sum
/// (Roy and Vetterli 2007, The effective rank, definition 1): how many directions the features
/// fill. 0 when all rows are the same.
double effective_rank(const torch::Tensor& x);

/// Below this, output_deviation() counts as collapsed ...
inline constexpr double kCollapsedDeviation = 0.05;
/// ... so does output_rank() below this, where all outputs lie on a line through zero: their mean
/// squared cosine is over 0.95 (a SimSiam that learns has 7, one without stop-gradient 1.01) ...
inline constexpr double kCollapsedOutputRank = 1.05;
/// ... and output_information, in nats, below this: distributions that differ so little tell hardly
/// anything of the image (a DINO that learns has 0.8 to 1.4, one without sharpening 0.02) ...
inline constexpr double kCollapsedInformation = 0.05;
/// ... and an effective rank of features below this: they lie on a line.
inline constexpr double kCollapsedRank = 1.5;

/// Whether collapse() reads a figure of that name.
bool tells_collapse(const std::string& name);

/// What of the figures of a training's last epoch says that it has collapsed, as a sentence; ""
/// when nothing does. Read are those whose names begin with output_deviation, output_rank and
/// output_information (of a method's outputs), feature_deviation and effective_rank. No figure, and
/// one that is no number, says nothing.
std::string collapse(const std::map<std::string, double>& figures);

}  // namespace sslx::train
