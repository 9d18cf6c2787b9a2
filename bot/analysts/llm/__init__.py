"""What a language model adds to reading, composing and answering; it points and words, and code decides."""
