# code.awk - C files without their comments and the insides of their strings,
# as "FILE:LINE:code", for the checks that look for words in code.

FNR == 1 { in_comment = 0 }

{
    code = ""
    quote = ""
    n = length($0)
    for (i = 1; i <= n; i++) {
        c = substr($0, i, 1)
        two = substr($0, i, 2)
        if (in_comment) {
            if (two == "*/") {
                in_comment = 0
                i++
            }
        } else if (quote != "") {
            if (c == "\\")
                i++
            else if (c == quote) {
                quote = ""
                code = code c
            }
        } else if (two == "/*") {
            in_comment = 1
            i++
        } else if (two == "//") {
            break
        } else {
            if (c == "\"" || c == "'")
                quote = c
            code = code c
        }
    }
    print FILENAME ":" FNR ":" code
}
