"""Hand records to those entitled to them: inside the process, or through RabbitMQ."""
