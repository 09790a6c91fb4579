"""Building blocks for generators: sequence models in both forms, sampling, decoding, pictures and their losses."""
