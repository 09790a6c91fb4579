"""``poetry-transformer`` on a base: any causal language model of Hugging Face, with small adapters that learn the poems."""
