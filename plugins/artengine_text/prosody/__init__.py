"""How words sound, by language: syllables, stress or tone, and rhyme."""
