"""Files that other readers were reported to read wrongly, rebuilt with invented data.

Many name the public report of their kind. A file is read as its author meant it, or refused in a
sentence that names the true cause and a way out.
"""

import pytest

from chainrule.tables import TableError


def lines(first, row, n=20, last=""):
    """Return a text of some first lines, n rows, and a last line."""
    return first + "".join(row(i) + "\n" for i in range(n)) + last


def kind(i):
    return "ab"[i % 2]


# What it is: the text, the columns, the first row, the number of rows, a word in the notes.
READ = {
    "pandas-dev/pandas#53035, one column whose words share a letter": (
        lines("name\n", lambda i: f"anna {kind(i)}{i % 3}x" if i % 4 else "otto"),
        ["name"], ("otto",), 20, "",
    ),
    "janisdd/vscode-edit-csv#119, a date with a comma in each row": (
        lines("day;id;net;who\n", lambda i: f"May {i + 1}, 2023;40{i}7;25.50;Ray"),
        ["day", "id", "net", "who"], ("May 1, 2023", "4007", "25.50", "Ray"), 20, "",
    ),
    "JuliaData/CSV.jl#746, lists with commas in one field": (
        lines("id;tags;n\n", lambda i: f"{i};a,b,c;{i % 3}"),
        ["id", "tags", "n"], ("0", "a,b,c", "0"), 20, "",
    ),
    "python/cpython#97611, tabs beside more blanks": (
        lines("order id\tship to name\tprice\n", lambda i: f"{i}\tA B van C\t{i}.50"),
        ["order id", "ship to name", "price"], ("0", "A B van C", "0.50"), 20, "",
    ),
    "Rdatatable/data.table#2621, junk behind the last row": (
        lines("# of us\ncount,text\n", lambda i: f"{i},blah", last="# JUNK, \"and more\n"),
        ["count", "text"], ("0", "blah"), 20, "line 23 is a comment",
    ),
    "Rdatatable/data.table#1416, a delimiter behind some rows": (
        lines("it\tll\n", lambda i: f"{i}\t-{i}.5" + "\t" * (i > 9)),
        ["it", "ll"], ("0", "-0.5"), 20, "10 rows end with delimiters",
    ),
    "tidyverse/readr#772, line ends within quotes above and below": (
        lines('"Col\nA","Col\nB"\n', lambda i: f'"e {i}\n\n\nx","{kind(i)}"'),
        ["Col A", "Col B"], ("e 0\n\n\nx", "a"), 20, "is called 'Col A'",
    ),
    "JuliaData/CSV.jl#788, a quote in a comment": (
        lines("# 1'2\" wide\nname,n\n", lambda i: f"x{kind(i)},{i}"),
        ["name", "n"], ("xa", "0"), 20, "line 1 is a comment",
    ),
    "d99kris/rapidcsv#61, the header is the last comment": (
        lines("# some words\n# more, of them\n# N, M, K\n", lambda i: f"{i},{i * 7},2"),
        ["N", "M", "K"], ("0", "0", "2"), 20, "line 3, a comment, is taken as the header",
    ),
    "tidyverse/readr#381, values that begin like comments": (
        lines("A,B\n", lambda i: f"{'#' if i % 2 else ''}A{i},{i}"),
        ["A", "B"], ("A0", "0"), 20, "",
    ),
    "uwdata/arquero#165, a report's words above the table": (
        lines("Means of a year\n\nyear,mean,unc\n", lambda i: f"{1959 + i},315.{i},0.12"),
        ["year", "mean", "unc"], ("1959", "315.0", "0.12"), 20, "line 1 is a title",
    ),
    "wireservice/csvkit#775, a spreadsheet's title fills a row": (
        lines("Report of March,,\n,,\nsize,age,kind\n", lambda i: f"{i},{i * 3},{kind(i)}"),
        ["size", "age", "kind"], ("0", "0", "a"), 20, "lines 1 to 2 are titles",
    ),
    "stevehansen/csv#51, quotes within a field without quotes": (
        lines("h1\th2\th3\n", lambda i: f'{i}\tthe "2" is {i % 3}\t3'),
        ["h1", "h2", "h3"], ("0", 'the "2" is 0', "3"), 20, "",
    ),
    "inches in a field without quotes": (
        lines("part,price\n", lambda i: f'{i} 5" pipe,{i}'),
        ["part", "price"], ('0 5" pipe', "0"), 20, "",
    ),
    "blanks on both sides of the quotes": (
        lines("a , b\n", lambda i: f'"x, {i}"\t, "{kind(i)}" '),
        ["a", "b"], ("x, 0", "a"), 20, "",
    ),
    "tidyverse/readr#324, apostrophes around fields": (
        lines("name,n\n", lambda i: f"'a, {i}',{i}"),
        ["name", "n"], ("a, 0", "0"), 20, "quoted by apostrophes",
    ),
    "backslashes before commas": (
        lines("name,n\n", lambda i: f"a\\, {i},{i}"),
        ["name", "n"], ("a, 0", "0"), 20, "a backslash is read as",
    ),
    "R's names of rows, parted by blanks": (
        lines('"x" "kind"\n', lambda i: f'"{i + 1}" {i * 2} "{kind(i)} c"'),
        ["row name", "x", "kind"], ("1", "0", "a c"), 20, "runs of blanks",
    ),
    "two colons between fields": (
        lines("id::title::genre\n", lambda i: f"{i}::Part {i}: it, again::A|B"),
        ["id", "title", "genre"], ("0", "Part 0: it, again", "A|B"), 20, "'::'",
    ),
    "control characters between fields": (
        lines("a\x01b, c\n", lambda i: f"{i}\x01x, {kind(i)}"),
        ["a", "b, c"], ("0", "x, a"), 20, "\\x01",
    ),
    "whitfin/s3-concat#3, the header again in another case": (
        lines("Size,Label\n", lambda i: f"{i},{i % 2}") + lines("SIZE,LABEL\n", lambda i: f"{i},1"),
        ["Size", "Label"], ("0", "0"), 40, "line 22 repeats the header",
    ),
    "mechatroner/vscode_rainbow_csv#108, a tab named by the sep= line": (
        lines('"sep=\t"\na,1\tb\n', lambda i: f"{i}\t{kind(i)}"),
        ["a,1", "b"], ("0", "a"), 20, "names the delimiter",
    ),
    "years as names": (
        lines("land,1990,1995,2003\n", lambda i: f"L{kind(i)},{i},{i * 2},{i * 3}"),
        ["land", "1990", "1995", "2003"], ("La", "0", "0", "0"), 20, "",
    ),
    "wavelengths as names": (
        lines("400.5,410.5,421.0,kind\n", lambda i: f"0.{i},0.1,0.{i}1,{kind(i)}"),
        ["400.5", "410.5", "421.0", "kind"], ("0.0", "0.1", "0.01", "a"), 20, "",
    ),
    "the end of a file as DOS marks it": (
        lines("a,b\r\n", lambda i: f"{i},{kind(i)}\r", last="\x1a"),
        ["a", "b"], ("0", "a"), 20, "",
    ),
    "a record that opens with a byte order mark, where files were joined": (
        lines("\ufeffa,b\n", lambda i: f'\ufeff"x, {i}",{kind(i)}'),
        ["a", "b"], ("x, 0", "a"), 20, "",
    ),
}  # fmt: skip

REFUSED = {
    "hmslincs/hmslincs#86, the number of rows as psql writes it": (
        lines("a|b\n", lambda i: f"{i}|{kind(i)}", last="(20 rows)\n"),
        r"line 22.*looks like a footer.*--skip 22",
    ),
    "a line above the header that is no plain title": (
        lines("|1x3 Cross validator\na,b,kind\n", lambda i: f"{i},{i},{kind(i)}"),
        r"line 1.*is no header of the rows below.*--skip 1",
    ),
    "parsecsv/parsecsv-for-php#70, each line quoted as a whole": (
        lines('"Name,Size,Kind"\n', lambda i: f'"N{i},{i},{kind(i)}"'),
        r"each line is quoted as a whole",
    ),
    "columns of a fixed width with gaps": (
        lines("name      age  kind\n", lambda i: f"n{i:<8} {i if i % 5 else '':>4}  {kind(i)}"),
        r"columns of a fixed width.*pandas.read_fwf",
    ),
    "UCI's files have no header": (
        lines("", lambda i: f"{20 + i}, Private, {i * 1000}, HS, <=50K"),
        r"seems to have no header.*--header none",
    ),
    "names that differ in each row, without a header": (
        lines("", lambda i: f"Name{chr(65 + i)},{i}.5,Town{chr(65 + i % 7)}"),
        r"seems to have no header",
    ),
    "a genome browser's line above rows without a header": (
        lines('track name="x"\n', lambda i: f"chr1\t{i}\t{i + 9}"),
        r"line 1.* is no header.*--skip 1 --header none",
    ),
    "a comment between the rows of a file that has none above": (
        lines("a,b,c\n", lambda i: f"{i},{i},{kind(i)}" if i != 9 else "# new part"),
        r"line 11.*looks like a comment.*--comment '#' or --skip 11",
    ),
    "Rdatatable/data.table#6934, a row that ends too early": (
        lines("a,b,c\n", lambda i: f"{i},{i},{kind(i)}" if i != 9 else "32000,12"),
        r"line 11: 2 fields where the header has 3",
    ),
    "a copyright line as the last": (
        lines("a,b,c\n", lambda i: f"{i},{i},{kind(i)}", last="(c) 2024 ACME, Inc.\n"),
        r"line 22: 2 fields.*looks like a footer.*--skip 22",
    ),
    "a title that fills a row above words alone": (
        lines("Report,,\nday,who,what\n", lambda i: f"a{i},Ann{i},x{i}b", n=6),
        r"names one column of 3; if it is a title, give --header 2",
    ),
}


@pytest.mark.parametrize("report", READ)
def test_read(read, report):
    text, columns, first, n_rows, noted = READ[report]
    table = read(text)
    assert table.columns == columns
    assert table.frame.row(0) == first
    assert table.n_rows == n_rows
    assert noted in " ".join(table.notes)
    assert noted or not table.notes


@pytest.mark.parametrize("report", REFUSED)
def test_refused(read, report):
    text, message = REFUSED[report]
    with pytest.raises(TableError, match=message) as caught:
        read(text)
    assert len(str(caught.value).splitlines()) == 1


LATE = {
    "a comment": ("# c\n", r"line 40002: 1 field where the header has 3; it looks like a comment"),
    "a quote that stays open": (
        '1,2,"x\n',
        r"line 40002: a quote that begins here is never closed",
    ),
    "text behind a quote": ('1,2,"x"y\n', r"line 40002: text follows a closing quote"),
    "more fields": ("1,2,3,4\n", r"line 40002: 4 fields where the header has 3"),
    "fewer fields": ("1,2\n", r"line 40002: 2 fields where the header has 3"),
    "another encoding": ("1,2,\udce9\n", r"byte 0xe9 in line 40002; .*--encoding cp1252"),
    "half a character": ("", r"ends within a character \(byte 0xc3 in line 40012\)"),
}


@pytest.mark.parametrize("case", LATE)
def test_what_is_wrong_far_below_is_told_with_its_line(read, case):
    wrong, message = LATE[case]
    rows = "".join(f"{i % 9},{i % 4},{kind(i)}\n" for i in range(40_000))
    last = rows[:60] + "\n" * (case == "half a character")
    content = ("size,n,kind\n" + rows + wrong + last).encode(errors="surrogateescape")
    if case == "half a character":
        content = content.rstrip(b"\n") + b"\n1,2,\xc3"
    with pytest.raises(TableError, match=message):
        read(content)


@pytest.mark.parametrize("wrong", ['1,2,"x" \n', '1,"2"  ,x\n', "1,2,x,\n", "\ufeff1,2,x\n"])
def test_habits_that_begin_far_below_are_read(read, wrong):
    rows = "".join(f"{i % 9},{i % 4},{kind(i)}\n" for i in range(40_000))
    table = read("size,n,kind\n" + rows + wrong + rows[:60])
    assert table.frame.row(40_000) == ("1", "2", "x")
    assert table.where(40_000) == "line 40002"


def test_lines_left_out_are_those_between_records(read):
    table = read('a,b\n# 1"\n1,"x\n# no comment\ny"\n2,z\n\n3,w\n# 4,v\n', comment="#")
    assert table.frame.rows() == [("1", "x\n# no comment\ny"), ("2", "z"), ("3", "w")]
    assert list(table.places) == [3, 6, 8]
    table = read('a,b\n0,u\n1,"x\ny"\n2,"z\nw\n', skip=[2, 4, 5, 6])
    assert table.frame.rows() == [("1", "x\ny")]


def test_a_header_longer_than_the_sample(read):
    names = [f"a rather long name {number}" for number in range(20_000)]
    table = read(",".join(names) + "\n" + ",".join(map(str, range(20_000))) + "\n")
    assert table.columns == names
