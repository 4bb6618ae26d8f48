"""What is durable becomes visible; what is said of it afterwards."""
