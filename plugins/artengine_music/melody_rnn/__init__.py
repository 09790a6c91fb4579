"""``melody-rnn``: a recurrent network over bar-aware melody symbols."""
