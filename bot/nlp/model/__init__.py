"""The learned heads: what a sentence is worth, how it is put forward, what it leans on. CARD.md has their figures."""

import os

# Its threads spin while they wait for one another, which costs more than they save; it reads this when it is imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
