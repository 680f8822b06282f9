"""What is kept of what happened: records of attempts, counters, a shelf of finished requests. Floor 6."""
