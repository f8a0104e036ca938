"""The demo case: a door of its own, opened by the command ``load_demo`` and by nothing else."""
