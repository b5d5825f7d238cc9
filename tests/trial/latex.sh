# shellcheck shell=bash
# compiles FILE...: whether pdflatex makes a page of these tables, as a paper would include them; where there is none,
# nothing is tried.
compiles() {
  command -v pdflatex >/dev/null || return 0
  local folder file
  folder=$(mktemp -d)
  {
    printf '\\documentclass{article}\n\\usepackage[utf8]{inputenc}\n\\usepackage{booktabs}\n'
    printf '\\usepackage[table]{xcolor}\n\\begin{document}\n'
    for file; do cat "$file"; printf '\n\n'; done
    printf '\\end{document}\n'
  } >"$folder/table.tex"
  (cd "$folder" && pdflatex -interaction=nonstopmode -halt-on-error table.tex >out) || { tail -20 "$folder/out"; return 1; }
  rm -r "$folder"
}
