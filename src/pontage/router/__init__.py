"""Choice: which targets a request may go to, in what order, and why. Floor 6."""
