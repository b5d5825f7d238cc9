#include "host/sweep/view_sources.h"

#include <gtest/gtest.h>

#include "host/sweep/toml_reader.h"
#include "tests/host/sweep/sweep_fixture.h"

namespace sslx::sweep {
namespace {

using nlohmann::json;

json operation(const char* name) { return {{"name", name}, {"parameters", json::object()}}; }

json source(std::vector<std::string> names) { return {{"name", "source"}, {"sources", names}}; }

/// Lightness, colour and depth.
json three_views() {
  return {{{"ops", {source({"image"}), operation("crop"), operation("normalize")}}},
          {{"ops", {source({"image"}), operation("normalize")}}},
          {{"ops", {source({"depth"}), operation("crop"), operation("normalize")}}}};
}

Config evaluate_table(const std::string& text) {
  return parse_toml("[evaluate]\n" + text, "f").child("evaluate");
}

TEST(ViewSources, AViewBeginsWithItsSource) {
  EXPECT_EQ(view_source(parse_toml("source = \"depth\"\n", "f")), source({"depth"}));
  EXPECT_TRUE(view_source(parse_toml("count = 2\n", "f")).is_null());
  EXPECT_EQ(message_of([] { view_source(parse_toml("source = 3\n", "f")); }),
            "f:1: 'source' is 3; it must be a string of one line");
}

TEST(ViewSources, EvaluationReadsThoseOfTheViewsUnlessToldElse) {
  EXPECT_EQ(evaluation_source(evaluate_table(""), three_views()), source({"image", "depth"}));
  EXPECT_EQ(evaluation_source(evaluate_table("sources = [\"depth\"]\n"), three_views()),
            source({"depth"}));
  const json plain{{{"ops", {operation("crop")}}}, {{"ops", json::array()}}};
  EXPECT_TRUE(evaluation_source(evaluate_table(""), plain).is_null());
  EXPECT_EQ(message_of([&] { evaluation_source(evaluate_table("sources = \"x\"\n"), plain); }),
            "f:2: evaluate.sources is \"x\"; it must be a list of the data set's views, as "
            "[\"image\", \"depth\"]");
}

TEST(ViewSources, AllViewsHaveOneOrNone) {
  json views = three_views();
  views[2] = {{"ops", {operation("crop")}}};
  EXPECT_EQ(message_of([&] { evaluation_source(evaluate_table(""), views); }),
            "f:1: view 0 has a source and view 2 has none; all views must have one, or none");
}

TEST(ViewSources, EachSourceIsNormalisedOnItsOwn) {
  json image = operation("normalize");
  image["source"] = "image";
  json depth = operation("normalize");
  depth["source"] = "depth";
  EXPECT_EQ(normalisation_of(three_views()), json::array({image, depth}));
  const json plain{{{"ops", {operation("crop"), operation("normalize")}}},
                   {{"ops", {operation("normalize")}}}};
  EXPECT_EQ(normalisation_of(plain), json::array({operation("normalize")}));
}

TEST(ViewSources, AreViewsOfTheDataSet) {
  json trial{{"view", three_views()}, {"evaluate", {{"ops", json::array()}}}};
  trial["data"] = {{"name", "folder"}, {"views", {"image", "depth"}}};
  check_sources(trial, "f:1");
  trial["data"]["views"] = {"image", "normals"};
  EXPECT_EQ(message_of([&] { check_sources(trial, "f:1"); }),
            "f:1: the source 'depth' is no view of the data set; it must be one of image, normals");
  trial["data"] = {{"name", "cifar10"}};
  EXPECT_EQ(message_of([&] { check_sources(trial, "f:1"); }),
            "f:1: the source 'image' is no view of the data set; it brings none; data.views must "
            "name their folders");
  trial["data"] = {{"name", "pack"}};
  check_sources(trial, "f:1");
  data::DataSizes sizes;
  sizes.views = {{"image", 3}, {"normals", 3}};
  EXPECT_EQ(message_of([&] { check_sources(trial, "f:1", sizes); }),
            "f:1: the source 'depth' is no view of the data set; it must be one of image, normals");
  sizes.views.push_back({"depth", 1});
  check_sources(trial, "f:1", sizes);
}

}  // namespace
}  // namespace sslx::sweep
