"""The locked child: every received file is decoded in a process of its own that can do nothing else."""
