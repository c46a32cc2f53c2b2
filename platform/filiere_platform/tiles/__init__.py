"""Where the log's tiles, entry bundles and checkpoint live; each implements `usecases.publish.LogFiles`."""
