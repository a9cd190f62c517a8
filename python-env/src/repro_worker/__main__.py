"""`python -m repro_worker` is the guardian: what the host starts."""

import sys

from repro_worker.guardian import main

sys.exit(main())
