"""Documents from templates against bare docxtpl, fed the same templates and values, in turn in one run."""

from pathlib import Path
from typing import Any

from benchmarks.processes import run
from benchmarks.report import Add, Row

PART = "Documents from templates"
PAIRS, FEW, PACK = 200, 30, 300
SLOWER, GROWTH = 2.0, 1.1
ROUNDS = 2


def measure_documents(add: Add, _folder: Path, pairs: int) -> None:
    told = run("filling", "order", str(pairs))
    said = f"{told['ours'] * 1000:.0f} and {told['bare'] * 1000:.0f} ms of the processor, {told['bytes'] / 1000:.0f} kB"
    add(Row(PART, f"the order for {pairs} pairs", "", said, told["ours"] / told["bare"], SLOWER))
    packs: dict[str, list[dict[str, Any]]] = {"ours": [], "bare": []}
    for _ in range(ROUNDS):
        for whose, runs in packs.items():
            runs.append(run("filling", "pack", str(PACK), whose))
    ours, bare = (min(one["seconds"] for one in packs[whose]) for whose in ("ours", "bare"))
    said = f"{ours:.1f} and {bare:.1f} s of the processor, {packs['ours'][0]['kinds']} kinds"
    add(Row(PART, f"a year's pack of {PACK} documents", "", said, ours / bare, SLOWER))
    few, many = run("filling", "pack", str(FEW), "ours")["peak"], max(one["peak"] for one in packs["ours"])
    said = f"{few / 2**20:.0f} → {many / 2**20:.0f} MiB"
    add(Row(PART, f"most memory, {FEW} and {PACK} documents", "", said, many / few, GROWTH))
    few_packed, packed = (run("filling", "packed", str(number)) for number in (FEW, PACK))
    said = f"{packed['seconds']:.1f} and {bare:.1f} s of the processor; {packed['print']:.1f} s more for the print"
    add(Row(PART, f"a pack of {PACK} drafts, from the button to the ZIP", "", said, packed["seconds"] / bare, SLOWER))
    bare_peak = max(one["peak"] for one in packs["bare"])
    said = f"{few_packed['peak'] / 2**20:.0f} → {packed['peak'] / 2**20:.0f} MiB, docxtpl {bare_peak / 2**20:.0f}"
    growth = packed["peak"] / few_packed["peak"]
    add(Row(PART, f"most memory, packs of {FEW} and {PACK} with their print", "", said, growth, GROWTH))
