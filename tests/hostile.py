"""Hostile HTML, as tests read it."""

from pathlib import Path

_FILE = Path(__file__).parent / "data" / "hostile_html.txt"
PIECES = [line for line in _FILE.read_text().splitlines() if not line.startswith("# ") and line]
