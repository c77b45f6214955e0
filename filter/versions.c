#include "versions.h"

#include <libmilter/mfapi.h>
#include <stdio.h>

#include "digest.h"
#include "domain.h"
#include "gunzip.h"
#include "mime.h"
#include "xml.h"

/* Two of them do not say it themselves: what they were when this was built. */
void
versions_print(void)
{
    static void (*const doors[])(char ret_text[RUA_VERSION_SIZE]) = {
        rua_xml_version, rua_mime_version, rua_gunzip_version,
        rua_digest_version, rua_domain_version};
    char text[RUA_VERSION_SIZE];

    puts("ruamill " RUAMILL_VERSION);
    for (size_t i = 0; i < sizeof(doors) / sizeof(*doors); i++) {
        doors[i](text);
        puts(text);
    }
    puts("minizip " RUAMILL_MINIZIP " when built");
    printf("libmilter %d.%d.%d when built\n", SM_LM_VRS_MAJOR(SMFI_VERSION),
           SM_LM_VRS_MINOR(SMFI_VERSION), SM_LM_VRS_PLVL(SMFI_VERSION));
}
