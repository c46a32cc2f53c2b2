"""What runs beside the requests: the intake, the publisher, the relay, jobs."""
