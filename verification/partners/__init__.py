"""What leaves the house: keys, documents, feed."""
