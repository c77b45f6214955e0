#!/usr/bin/env python3
"""terminal.py - the picture of `ruamill summary` in docs/summary.svg, made of what
it prints about the sample reports of the tests and of examples/reports.

usage: terminal.py PROGRAM >docs/summary.svg"""

import html
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
COMMAND = "ruamill summary --since 2026-02-20 --until 2026-03-11 --top 5"
WIDTH = 84
CELL, LINE, SIZE, EDGE = 8.4, 19, 14, 18    # pixels
INK, PAPER = "#d8dee9", "#1d222b"
COLOURS = {"31": "#ff7b72", "32": "#7ee787", "33": "#f2cc60", "34": "#79c0ff", "35": "#d2a8ff", "36": "#76e3ea"}


def output(program):
    """What the command prints, with colours."""
    with tempfile.TemporaryDirectory() as folder:
        reports, allow = os.path.join(folder, "reports"), os.path.join(folder, "allow")
        settings = ["-o", f"store={folder}/store", "-o", f"allow={allow}"]
        with open(allow, "w", encoding="utf-8") as file:
            file.write("dmarc@example.com *\n")
        subprocess.run(["node", f"{HERE}/../tests/engines/sample.mjs", reports], check=True)
        subprocess.run([program, "replay", *settings, "--to", "dmarc@example.com", reports,
                        f"{HERE}/../examples/reports"], check=True, capture_output=True)
        return subprocess.run([program, "summary", *settings, *COMMAND.split()[2:], "--color=always",
                               f"--width={WIDTH}"], check=True, capture_output=True, text=True).stdout


def pieces(line):
    """(column, text, style) of each stretch of a line."""
    style, column = [], 0
    for code, text in re.findall(r"\x1b\[([0-9;]*)m|([^\x1b]+)", line):
        if text:
            yield column, text, style
            column += len(text)
        else:
            style = [] if code in ("", "0") else style + code.split(";")


def attributes(style):
    colour = next((COLOURS[code] for code in reversed(style) if code in COLOURS), None)
    return ((f' fill="{colour}"' if colour else "") + (' font-weight="bold"' if "1" in style else "")
            + (' opacity=".65"' if "2" in style else ""))


def picture(lines):
    width, height = EDGE * 2 + WIDTH * CELL, EDGE * 2 + len(lines) * LINE
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" role="img" '
           f'aria-label="{COMMAND}, on a terminal">',
           f'<rect width="100%" height="100%" rx="8" fill="{PAPER}"/>',
           f'<g fill="{INK}" font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="{SIZE}" '
           'xml:space="preserve">']
    for number, line in enumerate(lines):
        for column, text, style in pieces(line):
            # a stretch is as wide as its cells, whatever the font
            for found in re.finditer(r"\S+(?: \S+)*", text):
                x = EDGE + (column + found.start()) * CELL
                out.append(f'<text x="{x:.1f}" y="{EDGE + number * LINE + SIZE}" '
                           f'textLength="{len(found.group(0)) * CELL:.1f}" lengthAdjust="spacingAndGlyphs"'
                           f'{attributes(style)}>{html.escape(found.group(0))}</text>')
    return "\n".join(out + ["</g>", "</svg>", ""])


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    lines = output(sys.argv[1]).rstrip("\n").split("\n")
    sys.stdout.write(picture([f"\x1b[2m$\x1b[0m {COMMAND}", ""] + lines))


if __name__ == "__main__":
    main()
