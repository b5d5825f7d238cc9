"""Made reports and their pages, for the check of the page itself: sample.py KIND PAGE.html [REPORT.json].

KIND is methods (variants, claims, several protocols), axis (a numeric axis), matrix (heat maps), bare (nothing but a
table) or index. The page's parts come from cli/page/ as `sslx report --html` puts them together."""

import base64
import json
import math
import pathlib
import random
import struct
import sys
import zlib

PARTS = pathlib.Path(__file__).resolve().parents[2] / "cli" / "page"
CHART = pathlib.Path("/usr/share/javascript/chart.js/chart.min.js")
T_95 = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776}
MADE = {"sslx": "0.1.0", "commit": "1a2b3c4", "time": "2026-12-01T04:00:00Z", "home": "box",
        "command": "sslx sweep sweeps/sample.toml --scale small --set data.path=FOLDER"}


def joined(suffix):
    return "".join(path.read_text() for path in sorted(PARTS.glob(f"*.{suffix}")))


def page_of(data, title):
    """The page of the data, as the command fills the template."""
    text = (PARTS / ("index.html" if "sweeps" in data else "page.html")).read_text()
    escaped = title.replace("&", "&amp;").replace("<", "&lt;")
    for placeholder, part in (("{{title}}", escaped), ("{{data}}", json.dumps(data).replace("<", "\\u003c")),
                              ("/*{{style}}*/", joined("css")), ("/*{{script}}*/", joined("js"))):
        text = text.replace(placeholder, part)
    return text.replace("/*{{chart}}*/", CHART.read_text())


def figure(row, metric, unit, values, protocol=None, column=None, planned=3, **more):
    mean = sum(values) / len(values) if values else None
    half = None
    if len(values) > 1:
        deviation = math.sqrt(sum((value - mean) ** 2 for value in values) / (len(values) - 1))
        half = T_95[len(values)] * deviation / math.sqrt(len(values))
    runs = [{"seed": seed, "value": value, "run": f"20261130-0{seed}1500-{seed}b{zlib.crc32(metric.encode()) % 1000:03d}f"}
            for seed, value in enumerate(values)]
    return {"row": row, "column": column or {}, "metric": metric, "unit": unit, "protocol": protocol, "mean": mean,
            "half_width_95": half, "seeds": len(values), "seeds_planned": planned, "values": runs, **more}


def report(name, title, figures, rows, columns=(), **more):
    return {"sweep": name, "title": title, "figures": figures, "row_names": list(rows), "column_names": list(columns),
            "protocols": PROTOCOLS, "runs": [], "missing": [], "warnings": [], "stale_runs": 0, "other_plans": [],
            "machines": ["vm, cpu, AMD EPYC, 2 threads, bf16, channels-last"], "changes": [], "builds": [],
            "versions": ["sslx 0.1.0, LibTorch 2.11.0, commit 1a2b3c4"],
            "plugins": {"host": "5d6e7f80" * 8, "method simclr": "1a2b3c4d" * 8, "backbone resnet_small": "99aabbcc" * 8},
            "plan": {"number": 1, "file": f"sweeps/{name}.toml", "file_sha256": "abcd1234" * 8,
                     "options": ["--scale", "small"], "last_used": MADE["time"]}, **more}


KNN, KNN_EDGES, LINEAR = "e3495fdd" * 8, "2f2bbb17" * 8, "54e68251" * 8
PROTOCOLS = {
    KNN: {"probe": "knn", "k": 20, "temperature": 0.1, "similarity": "cosine",
          "input": [{"name": "normalize", "parameters": {"mean": [0.49, 0.48], "std": [0.25, 0.26]}}]},
    KNN_EDGES: {"probe": "knn", "k": 20, "temperature": 0.1, "input": "edges"},
    LINEAR: {"probe": "linear", "rates": [0.01, 0.1, 1.0], "epochs": 30, "augmentation": "none"}}


def seeds_about(generator, mean, spread, n=3):
    return [round(generator.gauss(mean, spread), 2) for _ in range(n)]


def method_figures(generator):
    names = ["supervised", "InstDisc", "MoCo v2", "SimCLR", "BYOL", "SimSiam", "Barlow Twins", "DINO, <multi-crop>",
             "DeepCluster", "random"]
    for i, name in enumerate(names):
        row, edges = {"variant": name}, name == "DeepCluster"
        knn = seeds_about(generator, 44 - i, 0.6)
        for protocol in (KNN, KNN_EDGES):
            own = (protocol == KNN_EDGES) == edges
            yield figure(row, "knn_top1", "%", knn if own else [], protocol)
        linear = [38.25] if name == "DINO, <multi-crop>" else seeds_about(generator, 47 - i, 0.02 if i == 1 else 0.9)
        more = {"standing": {0: "best", 2: "tied"}.get(i, "")}
        if name == "SimSiam":
            linear, more = [], {"states": {"collapsed": 2, "failed": 1}}
        if 0 < i < 8 and linear:
            more["delta"] = {"mean": linear[0] - 44.6, "half_width_95": 0.83 if len(linear) > 1 else None,
                             "seeds": len(linear)}
        if i in (2, 3, 4):
            more["published"] = {"value": (60.6, 71.1, "collapses")[i - 2], "verified": "paper-text"}
        yield figure(row, "linear_top1", "%", linear, LINEAR, **more)
        yield figure(row, "images_per_second", "", seeds_about(generator, 900 + 40 * i, 60) if linear else [])
        yield figure(row, "peak_memory", "", [3.7e8 + 2e8 * i] * len(linear))
        yield figure(row, "output_deviation", "", [0.01 * i * i + 0.0123456 * s for s in range(len(linear))])


def claim(name, verdict, **more):
    return {"id": name, "words": "Crop and colour together beat every other pair of augmentations.", "verdict": verdict,
            "source": "SimCLR (arXiv:2002.05709), Figure 5", "form": "gap", "why": "", "effect": 3.12, "low": 1.26,
            "high": 4.98, "threshold": 0.5, "unit": "%", "of": "crop + color over crop + blur", "seeds": 6,
            "p": 0.03125, "least_p": 0.03125, "holm": 0.0625, "more_seeds": None, **more}


CLAIMS = [
    claim("pairs_best", "confirmed", comparisons=48),
    claim("byol_needs_no_negatives", "contradicted", effect=-2.31, low=-3.02, high=-1.6, seeds=5,
          words="BYOL is above SimCLR.", why="At six epochs its target has hardly moved.", of="BYOL over SimCLR"),
    claim("temperature", "undecided", effect=0.31, low=-0.94, high=1.56, p=0.25, least_p=0.25, holm=0.5, seeds=3,
          more_seeds=9, words="A temperature of 0.5 is above one of 0.1.", why="the interval reaches over the threshold"),
    claim("batch_equal", "confirmed", form="equal", is_within=True, threshold=1, effect=-0.12, low=-0.5, high=0.26),
    claim("collapses", "undecided", effect=None, low=None, high=None, p=None, least_p=None, holm=None, seeds=0,
          more_seeds=3, unit="% of seeds", threshold=50, why="no seed of SimSiam has ended", form="collapse")]


def curves(generator):
    series = []
    for i, label in enumerate(["SimCLR, temperature=0.5", "BYOL", "SimSiam"]):
        mean = [5 - i - (3 - i) * (1 - math.exp(-epoch / 4)) + generator.gauss(0, 0.03) for epoch in range(20)]
        series.append({"label": label, "x": list(range(1, 21)), "mean": mean, "low": [value - 0.15 for value in mean],
                       "high": [value + 0.15 for value in mean], "seeds": 3})
    series.append({"label": "random", "x": [20], "mean": [5.0], "seeds": 1})
    return [{"metric": "loss", "unit": "", "series": series},
            {"metric": "alignment", "unit": "", "series": series[:2]}]


def picture(width=256, height=96):
    """A PNG of stripes."""
    rows = b"".join(b"\0" + bytes(value for x in range(width) for value in (x % 256, (x * y) % 256, 255 - y))
                    for y in range(height))
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    png = (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
           + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))
    return "data:image/png;base64," + base64.b64encode(png).decode()


PUBLISHED = {"id": "sample.table1", "paper": "SimCLR v1", "arxiv": "2002.05709", "where": "Table 1", "metric": "linear_top1",
             "unit": "%", "dataset": "imagenet-1k", "common": {"backbone": "resnet50", "epochs": 100, "batch": 4096},
             "verified": "memory", "note": "NOT read in any source: recalled."}


def methods():
    generator = random.Random(1)
    figures = list(method_figures(generator))
    figures[6]["values"][0]["stale"] = ["method mocov2"]
    for one in figures:
        if one["metric"] == "images_per_second" and one["values"]:
            one["values"][0]["disturbed"] = True
    out = report("methods", "Methods on CIFAR-10, small ResNet", figures, ["variant"], baseline={"variant": "SimCLR"},
                 published=PUBLISHED, missing=["DINO, <multi-crop>, seed 1", "DINO, <multi-crop>, seed 2"])
    out["runs"] = [{"run": "20261130-021500-c0ffee", "trial": "SimSiam, seed 0", "state": "collapsed",
                    "message": "output_deviation is 0.036 at the end of the training, below 0.05"}]
    notes = ["mean ± half-width of the 95 % interval over seeds (Student's t)",
             "collapsed: SimSiam, seed 0 (20261130-021500-c0ffee): output_deviation is 0.036",
             "linear_top1 @54e68251: probe linear, rates 0.01, 0.1, 1.0", f"machine: {out['machines'][0]}"]
    return {"report": out, "notes": notes, "claims": CLAIMS, "curves": curves(generator), "made": MADE,
            "pictures": [{"title": "Views", "caption": "what SimCLR sees of six images", "kind": "views",
                          "source": picture()},
                         {"title": "Attention", "caption": "of DINO's heads", "kind": "attention",
                          "source": picture(320, 60)}]}


def axis():
    generator = random.Random(2)
    figures = [figure({"method.dictionary": kind, "train.batch_size": str(size)}, metric, unit, values, protocol)
               for base, kind in enumerate(["end_to_end", "bank", "queue"]) for size in (128, 256, 512, 1024)
               for metric, unit, values, protocol in (
                   ("knn_top1", "%", seeds_about(generator, 30 + 2 * base + size / 300, 0.8), KNN),
                   ("peak_memory", "", [(600 + size * (2 - base / 2)) * 2**20] * 3, None),
                   ("images_per_second", "", seeds_about(generator, 1100 + 300 * base, 40), None))]
    out = report("memory", "Peak memory of MoCo's mechanisms", figures, ["method.dictionary", "train.batch_size"])
    return {"report": out, "notes": [], "claims": [], "curves": [], "pictures": [], "made": MADE}


def matrix():
    generator = random.Random(3)
    names = ["crop", "cutout", "color", "sobel", "noise", "blur", "rotate"]
    figures = [figure({"first": a}, "linear_top1", "%", [round(generator.uniform(30, 45), 2)], LINEAR, {"second": b}, 1)
               for a in names for b in names]
    figures[9].update(mean=None, values=[], seeds=0, states={"failed": 1})
    keys = [[name] for name in names]
    grid = lambda values: [values[i:i + 7] for i in range(0, 49, 7)]
    ours = grid([one["mean"] for one in figures])
    theirs = grid([round(generator.uniform(2, 57), 1) for _ in range(49)])
    averages = lambda rows: [{"mean": sum(filter(None, row)) / 7, "partial": None in row} for row in rows]
    matrices = [{"rows": keys, "columns": keys, "means": ours, "averages": averages(ours), "metric": "linear_top1",
                 "unit": "%", "protocol": LINEAR, "rank_correlation": {"spearman": 0.5172, "cells": 42},
                 "published": {"rows": keys, "columns": keys, "means": theirs, "averages": averages(theirs),
                               "id": "simclr_v1.fig5_recalled", "recalled": True}}]
    out = report("augment_pairs", "Pairs of augmentations on one of two views", figures, ["first"], ["second"],
                 matrices=matrices, published=PUBLISHED)
    return {"report": out, "notes": [PUBLISHED["note"]], "claims": CLAIMS[:1], "curves": [], "pictures": [], "made": MADE}


def bare():
    out = report("bare", "", [figure({"variant": "SimCLR"}, "knn_top1", "%", [41.25], KNN)], ["variant"])
    return {"report": out, "notes": [], "made": MADE}


def index():
    sweeps = [{"name": name, "title": title, "file": f"{name}.html", "done": done, "planned": 60, "last_run": MADE["time"],
               "verdicts": verdicts} for name, title, done, verdicts in (
                   ("methods", "Methods on CIFAR-10, small ResNet", 58, {"confirmed": 2, "undecided": 2}),
                   ("augment_pairs", "Pairs of augmentations", 60, {"contradicted": 1}), ("dino", "DINO", 0, {}))]
    claims = [{**one, "sweep": sweeps[i % 2]["name"]} for i, one in enumerate(CLAIMS)]
    return {"sweeps": sweeps, "claims": claims, "made": MADE}


SAMPLES = {"methods": methods, "axis": axis, "matrix": matrix, "bare": bare, "index": index}

if __name__ == "__main__":
    made = SAMPLES[sys.argv[1]]()
    named = made.get("report", {}).get("title") or made.get("report", {}).get("sweep") or "Sweeps"
    pathlib.Path(sys.argv[2]).write_text(page_of(made, named))
    if len(sys.argv) > 3:
        pathlib.Path(sys.argv[3]).write_text(json.dumps(made.get("report", {}), indent=2))
