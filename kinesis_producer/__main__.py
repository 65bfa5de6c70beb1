"""``python -m kinesis_producer``: the command line."""

import sys

from kinesis_producer.cli import main

sys.exit(main())
