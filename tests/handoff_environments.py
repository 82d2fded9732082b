"""Makes the environments in which ``make handoff`` runs the other side of each hand-off.

Usage: python handoff_environments.py FOLDER PYTHON [options for pip]. One that is finished is left as it is.
"""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

CONSTRAINTS = Path(__file__).parents[1] / "constraints.txt"
# What each needs, and whether it looks for everything else where tuneproof is installed: the pins of these
# two exclude ours, but what is used of them runs with ours.
ENVIRONMENTS: dict[str, tuple[list[str], bool]] = {
    "mlx": (["mlx[cpu]", "mlx-lm"], False),
    "croissant": (["mlcroissant==1.1.1"], False),
    "axolotl": (["--no-deps", "axolotl==0.19.0", "addict"], True),
    "llamafactory": (["--no-deps", "llamafactory==0.9.5"], True),
    "unsloth": (["--no-deps", "unsloth"], False),  # read, never imported: that needs a card
    "llama": (["llama_cpp_python[server]==0.3.36"], False),  # compiled, so the last
}
LLAMA_CMAKE = (
    "-DLLAVA_BUILD=OFF -DLLAMA_BUILD_TESTS=OFF -DLLAMA_BUILD_EXAMPLES=OFF -DLLAMA_BUILD_TOOLS=OFF -DGGML_OPENMP=OFF"
)


def main() -> None:
    """Make what is missing; one that can't be made is left out, and its tests fail."""
    root, ours, options = Path(sys.argv[1]).absolute(), sys.argv[2], sys.argv[3:]
    for name, (wanted, borrows) in ENVIRONMENTS.items():
        folder = root / name
        if (folder / "finished").is_file():
            continue
        venv.create(folder, with_pip=True, clear=True)
        python = folder / "bin" / "python"
        if borrows:
            _borrow(python, ours)
        command: list[str | Path] = [
            python,
            "-m",
            "pip",
            "install",
            "--quiet",
            *options,
            "--constraint",
            CONSTRAINTS,
            *wanted,
        ]
        # One core is left to whoever works here.
        jobs = str(max(1, (os.cpu_count() or 2) - 1))
        environment = {"CMAKE_ARGS": LLAMA_CMAKE, "CMAKE_BUILD_PARALLEL_LEVEL": jobs, **os.environ}
        done = subprocess.run(command, env=environment, check=False)
        if done.returncode:
            sys.stderr.write(f"{name}: can't be installed; its tests will fail\n")
            python.unlink()
            continue
        (folder / "finished").touch()


def _borrow(python: Path, ours: str) -> None:
    where = "import site; import sys; sys.stdout.write(site.getsitepackages()[0])"
    own, borrowed = (
        subprocess.run([one, "-c", where], capture_output=True, text=True, check=True).stdout for one in (python, ours)
    )
    (Path(own) / "borrowed.pth").write_text(borrowed + "\n", "utf-8")


if __name__ == "__main__":
    main()
