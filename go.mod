module github.com/nlstat/nlstat

go 1.26.0
