"""The ground floor: an error with a fact and a remedy, timestamps, days, pages by key."""
