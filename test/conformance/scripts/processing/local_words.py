greeting = "from beside"
