/* Stands in for what of GMime wants GIO and GPGME, when GMime is linked in: its
 * g_mime_init() registers them. Mail is parsed without; nobody here decrypts a
 * message, verifies its signature, or reads it through GIO. */
#include <gmime/gmime.h>

/* gpgme.h comes with a package of its own. */
const char *gpgme_check_version_internal(const char *version, size_t offset);

GType
g_mime_stream_gio_get_type(void)
{
    return G_TYPE_INVALID;
}

GType
g_mime_gpg_context_get_type(void)
{
    return G_TYPE_INVALID;
}

GType
g_mime_pkcs7_context_get_type(void)
{
    return G_TYPE_INVALID;
}

GMimeCryptoContext *
g_mime_gpg_context_new(void)
{
    return NULL;
}

GMimeCryptoContext *
g_mime_pkcs7_context_new(void)
{
    return NULL;
}

const char *
gpgme_check_version_internal(const char *version, size_t offset)
{
    (void)version;
    (void)offset;
    return NULL;
}
