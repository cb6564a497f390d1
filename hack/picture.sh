#!/usr/bin/env bash
# picture.sh TITLE FILE.svg COMMAND…: runs a command in a terminal of 110 columns and draws what stands there at its
# end, with its colours; with UNTIL=TEXT what stands above the first line with that text.
set -euo pipefail
title=$1 file=$2
shift 2
"$(dirname "$0")"/need.sh tmux py:ensurepip=python3-venv

dir=$(mktemp -d)
session=picture-$$
trap 'tmux kill-session -t "$session" 2>/dev/null || true; rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" -q install rich==14.2.0

# The window is high enough to hold all of it: what is redrawn stands there once.
printf -v command '%q ' "$@"
tmux new-session -d -s "$session" -x 110 -y 400 "TERM=xterm-256color COLORTERM= $command; tmux wait-for -S $session; sleep 60"
tmux wait-for "$session"
tmux capture-pane -e -p -t "$session" >"$dir/screen"
"$dir/venv/bin/python" - "$title" "$dir/screen" "$file" "${UNTIL:-}" <<'PYTHON'
import io, re, sys
from rich.console import Console
from rich.text import Text

title, screen, file, until = sys.argv[1:]
text = open(screen).read()
if until:
    text = text[: text.rindex("\n", 0, text.index(until))]
console = Console(record=True, width=110, file=io.StringIO(), force_terminal=True, legacy_windows=False)
for line in Text.from_ansi(text.rstrip()).split("\n"):
    line.rstrip()
    console.print(line, no_wrap=True, crop=True)
svg = console.export_svg(title=title)
# No font from elsewhere: a page of documentation asks no third party for anything.
svg = re.sub(r"<!--.*?-->|@font-face \{.*?\}", "", svg, flags=re.S).replace("Fira Code, monospace", "ui-monospace, Menlo, Consolas, monospace")
open(file, "w").write("\n".join(line.rstrip() for line in svg.split("\n") if line.strip()) + "\n")
PYTHON
