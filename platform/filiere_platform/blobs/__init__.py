"""Where bytes live that are neither rows nor tiles: the instance's keys; later, documents."""
