"""Names that files share without knowing. Several files make one translation unit (cmake/SslxBuild.cmake), so that a
function of a file's own, in a namespace without a name, is seen by the files after it: where a header of their folder
declares one of that name, they may call the wrong one, and nothing says so."""

import re

UNNAMED = re.compile(r"^namespace \{\n(.*?)^\}  // namespace$", re.MULTILINE | re.DOTALL)
NO_TYPE = r"(?!return\b|if\b|for\b|while\b|else\b|using\b|typedef\b|namespace\b|class\b|struct\b|enum\b|friend\b)"
FUNCTION = re.compile(
    r"^(?:inline |constexpr |static |\[\[\w+\]\] |SSLX_API )*" + NO_TYPE + r"[\w:]+[\w:<>,&* ]*?[ &*](\w+)\(", re.MULTILINE
)


def declared(text):
    """The functions that the text declares or defines at the beginning of a line."""
    return set(FUNCTION.findall(text))


def shared_names(root, files):
    """A sentence for each function of a file's own whose name a header beside it declares."""
    headers = {}
    for file in files:
        if file.endswith(".h"):
            for name in declared((root / file).read_text()):
                headers.setdefault((file.rsplit("/", 1)[0], name), file)
    for file in files:
        if not file.endswith(".cpp"):
            continue
        for block in UNNAMED.findall((root / file).read_text()):
            for name in sorted(declared(block)):
                header = headers.get((file.rsplit("/", 1)[0], name))
                if header:
                    yield f"{file}: its own {name}() has the name of {header}'s, which files compiled with it may mean"
