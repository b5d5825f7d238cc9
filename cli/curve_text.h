// A run's figures over its training, as small plots of a terminal and as CSV.
#pragma once

#include <string>
#include <vector>

#include "host/record/curves.h"

namespace sslx::cli {

/// Of these figures, or of all but the layers' gradients and the shares of time when none is named.
/// Throws Error(kInput) with the nearest name for one that the run does not have.
record::Curves chosen_curves(const record::Curves& curves, const std::vector<std::string>& names);

/// A plot below its figure's name and first and last value, of so many columns and lines of
/// characters, two by four dots each. What is no finite number leaves a gap.
std::string curve_plot(const std::string& name, const std::vector<record::CurvePoint>& points,
                       size_t columns = 60, size_t lines = 5);

/// "step,epoch,loss,lr" and a line for each step that has a figure.
std::string curves_csv(const record::Curves& curves);

}  // namespace sslx::cli
