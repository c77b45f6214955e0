#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "page_text.h"

static const char *
html(const char *text, size_t len)
{
    static struct rua_buf out;

    rua_buf_done(&out);
    rua_buf_init(&out, 1 << 16);
    page_html(&out, (struct rua_span){(const unsigned char *)text, len});
    rua_buf_add_byte(&out, '\0');
    return (const char *)out.data;
}

static const char *
json(const char *text, size_t len)
{
    static struct rua_buf out;

    rua_buf_done(&out);
    rua_buf_init(&out, 1 << 16);
    page_json(&out, (struct rua_span){(const unsigned char *)text, len});
    rua_buf_add_byte(&out, '\0');
    return (const char *)out.data;
}

#define HTML(literal) html(literal, sizeof(literal) - 1)
#define JSON(literal) json(literal, sizeof(literal) - 1)

static void
html_stays_text(void **state)
{
    (void)state;
    assert_string_equal("", HTML(""));
    assert_string_equal("a &#60;b&#62; &#38;amp; &#34;&#39;",
                        HTML("a <b> &amp; \"'"));
    assert_string_equal("a b c d", HTML("a\0b\nc\x7f"
                                        "d"));
    assert_string_equal("\xc3\xa4", HTML("\xc3\xa4"));
}

#define THIN "\xe2\x80\xaf"

static void
lines_end_between_labels_and_groups(void **state)
{
    (void)state;
    assert_string_equal("for <span class=\"name\">mail.<wbr>crm-cloud.<wbr>"
                        "example</span>",
                        HTML("for mail.crm-cloud.example"));
    assert_string_equal("<span class=\"name\">2001:<wbr>db8:<wbr>:<wbr>1"
                        "</span>",
                        HTML("2001:db8::1"));
    assert_string_equal(
        "192.0.2.1, 97.7" THIN "% of 1" THIN "234" THIN "567.",
        HTML("192.0.2.1, 97.7" THIN "% of 1" THIN "234" THIN "567."));
    assert_string_equal("<span class=\"name\">1" THIN "<wbr>234" THIN
                        "<wbr>567" THIN "<wbr>890</span>",
                        HTML("1" THIN "234" THIN "567" THIN "890"));
    assert_string_equal("<span class=\"name\">rejected\xc2\xa0<wbr>1" THIN
                        "234</span>",
                        HTML("rejected\xc2\xa0"
                             "1" THIN "234"));
    assert_string_equal("<span class=\"whole\">--since</span> all, --9 -- "
                        "--since=all",
                        HTML("--since all, --9 -- --since=all"));
}

static void
characters_that_nobody_sees_are_replaced(void **state)
{
    (void)state;
    assert_string_equal("a\xef\xbf\xbd\xef\xbf\xbd"
                        "b",
                        HTML("a\xf3\xa0\x81\x81\xf3\xa0\x81\xbf"
                             "b"));
    assert_string_equal("\"a\xef\xbf\xbd\"", JSON("a\xf3\xa0\x80\x80"));
    assert_string_equal("\xf3\xa0\x81", HTML("\xf3\xa0\x81"));
    assert_string_equal("\xf3\xb0\x80\x80", HTML("\xf3\xb0\x80\x80"));
}

static void
json_stays_a_string_in_a_script_element(void **state)
{
    (void)state;
    assert_string_equal("\"\"", JSON(""));
    assert_string_equal("\"\\u003c/script\\u003e\\u003c!--\\u0026\"",
                        JSON("</script><!--&"));
    assert_string_equal("\"\\u0022\\u005c\\u0000\\u000a\\u007f\"",
                        JSON("\"\\\0\n\x7f"));
    assert_string_equal("\"a\\u2028b\\u2029\xe2\x80\xa7\"",
                        JSON("a\xe2\x80\xa8"
                             "b\xe2\x80\xa9\xe2\x80\xa7"));
    assert_string_equal("\"\xe2\x80\"", JSON("\xe2\x80"));
}

static void
long_texts_are_cut_between_characters(void **state)
{
    char text[4 * PAGE_TEXT];

    (void)state;
    memset(text, 'x', sizeof(text));
    assert_int_equal(PAGE_TEXT, strlen(html(text, PAGE_TEXT)));
    assert_int_equal(PAGE_TEXT + 3, strlen(html(text, PAGE_TEXT + 1)));
    memcpy(text + PAGE_TEXT - 1, "\xf0\x9f\x93\xa7", 4);
    assert_int_equal(PAGE_TEXT - 1 + 3, strlen(html(text, PAGE_TEXT + 3)));
    assert_int_equal(PAGE_TEXT - 1 + 3 + 2, strlen(json(text, sizeof(text))));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(html_stays_text),
        cmocka_unit_test(lines_end_between_labels_and_groups),
        cmocka_unit_test(characters_that_nobody_sees_are_replaced),
        cmocka_unit_test(json_stays_a_string_in_a_script_element),
        cmocka_unit_test(long_texts_are_cut_between_characters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
