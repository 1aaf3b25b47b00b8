import json, asyncio
from tests.integration.service.api import *
async def show(api, name, *a, **k):
    try:
        r = await api.call(*a, **k)
        print(f"{name:45} {r.status_code} {r.text[:170]!r} {dict((k,v) for k,v in r.headers.items() if k in ('allow','www-authenticate','retry-after'))}")
        return r
    except BaseException as e:
        print(name, "RAISED", repr(e)[:300])
J={"Content-Type":"application/json"}
async def test_json(api, lines):
    async def j(name, body, ct="application/json", path="/api/mocs", method="POST"):
        h = {} if ct is None else {"Content-Type":ct}
        return await show(api, name, method, path, content=body, headers=h)
    ok=json.dumps(MOC).encode()
    await j("empty", b""); await j("empty no ct", b"", None); await j("no ct", ok, None); await j("text", ok, "text/plain")
    await j("garbage ct", ok, ";;;=,"); await j("nonascii ct", ok, b"\xff\xfe"); await j("utf16", ok, "application/json; charset=utf-16")
    await j("Charset=utf-16", ok, "application/json; Charset=UTF-16"); await j("charset;x", json.dumps({**MOC,"title":"a1"}).encode(), "application/json; charset=utf-8; x=y")
    await j("APPLICATION/JSON", json.dumps({**MOC,"title":"a2"}).encode(), "APPLICATION/JSON")
    await j("truncated", ok[:-3]); await j("null", b"null"); await j("[]", b"[]"); await j("str", b'"x"'); await j("1", b"1")
    await j("badutf8", b'{"title":"\xff","type":"moc","author":"a"}'); await j("deep", b"["*100000); await j("deep in unknown key", b'{"x":'+b"["*100000+b"]"*100000+b'}')
    await j("bom", b"\xef\xbb\xbf"+ok); await j("utf16b", ok.decode().encode("utf-16"))
    await j("surrogate", b'{"title":"\\ud800","type":"moc","author":"a"}'); await j("nul", b'{"title":"a\\u0000b","type":"moc","author":"a"}')
    await j("NaN", b'{"title":"a","type":"moc","author":"a","partsCount":NaN}'); await j("1e400", b'{"title":"a","type":"moc","author":"a","partsCount":1e400}')
    await j("bigint", b'{"title":"a","type":"moc","author":"a","partsCount":'+b"9"*5000+b'}'); await j("bigyear", b'{"title":"a","type":"moc","author":"a","releaseYear":'+b"9"*400+b'}')
    await j("dup keys", b'{"title":"dk1","title":"dk2","type":"moc","author":"a"}')
    await j("1MiB+1", b'{"title":"t","type":"moc","author":"a","x":"' + b"a"*(1024*1024-45+2) + b'"}'); 
    await j("date 0001", b'{"title":"d1","type":"moc","author":"a","uploadedDate":"0001-01-01T00:00:00+23:59"}')
    await j("date 9999", b'{"title":"d2","type":"moc","author":"a","uploadedDate":"9999-12-31T23:59:59-23:59"}')
    await j("date only", b'{"title":"d3","type":"moc","author":"a","uploadedDate":"2024-01-01"}')
    await j("date naive", b'{"title":"d4","type":"moc","author":"a","uploadedDate":"2024-01-01T10:00:00"}')
    await j("date number", b'{"title":"d5","type":"moc","author":"a","uploadedDate":1700000000}')
    await j("5.0", b'{"title":"d6","type":"moc","author":"a","partsCount":5.0}')
    await j("true", b'{"title":"d7","type":"moc","author":"a","partsCount":true}')
    await j("gzip", b"\x1f\x8b\x08\x00abc")
    await j("form", b"title=a", "application/x-www-form-urlencoded"); await j("multipart", b"--x\r\n", "multipart/form-data; boundary=x"); await j("multipart nobound", b"--x\r\n", "multipart/form-data"); await j("msgpack", b"\x81", "application/x-msgpack")
    for t in (b'"  "', b'""', b'5', b'null', b'"'+b'a'*201+b'"', '"\u200b"'.encode(), b'"a\\nb"', b'"a\\u0085b"', b'"a\\u007fb"'): await j("title %r"%t[:12], b'{"type":"moc","author":"a","title":'+t+b'}')
    for l in lines.all():
        if l["level"]!="INFO": print(l["event"], l.get("error"))

async def test_query(api, lines):
    for q in ("page=0","page=-1","page=abc","page=1.5","page=","page=1e3","page=99999999999999999999999","page=10000001","page=10000000&limit=100","limit=0","limit=101","limit=1000000000","page=1&page=2","search="+"a"*201,"search=%00","search=%ff","tag=%0a","tag=a&tag=b","search=title:*%20OR%20userId:u0","search=%25","search=_","search=%5C","nope=1","page=%D9%A1","page=+1","page=1_0","tag="+"x"*300, "search=%ED%A0%80", "&&&==", "page", "%ff=%ff", "search=a%26b;c=d"):
        await show(api, q, "GET", "/api/mocs?"+q)
    for q in ("from=-1","from=1000000001","size=0","size=101","from=&size=","q=%00","q="+"a"*201, "from=9999&size=20&q=x", "from=3&size=2"):
        await show(api, q, "GET", "/api/mocs/search?"+q)
    for l in lines.all():
        if l["level"]!="INFO": print(l["event"], l.get("error"))

async def test_paths(api, lines):
    m = await api.create(); i=m["id"]
    for p in ("/api/mocs/x", "/api/mocs/"+i.upper(), "/api/mocs/"+i.replace("-",""), "/api/mocs/{"+i+"}", "/api/mocs/urn:uuid:"+i, "/api/mocs/00000000-0000-0000-0000-000000000000", "/api/mocs/%00","/api/mocs/%ff","/api/mocs/..%2f","/api/mocs/"+"a"*5000,"/api//mocs","/API/mocs","/api/mocs/","/nope","/api/mocs/"+i+"/x", "/api/mocs/a%0a", "/api/csrf","/schema","/schema/openapi.json","/api/mocs/stats/by-category"):
        await show(api, p[:60], "GET", p)
    for meth in ("HEAD","OPTIONS","TRACE","CONNECT","PUT","PATCH","DELETE","FOO","get"):
        await show(api, meth+" /api/mocs", meth, "/api/mocs")
        await show(api, meth+" /api/mocs nobody", meth, "/api/mocs", None)
    await show(api, "POST /health", "POST", "/health", None); await show(api, "HEAD /health", "HEAD", "/health", None); await show(api, "HEAD /", "HEAD", "/", None); await show(api, "/", "GET", "/", None)
    for l in lines.all():
        if l["level"]!="INFO": print(l["event"], l.get("error"))

async def test_forms(api, lines):
    m = await api.create(); p=f"/api/mocs/{m['id']}/upload-parts-list"
    n=0
    async def f(name, body, ct='multipart/form-data; boundary=x'):
        nonlocal n; n+=1
        await show(api, name, "POST", p, content=body, headers={} if ct is None else {"Content-Type":ct})
    csv=b"Part ID,Quantity\n3001,5\n"
    def part(head, body=csv, end=b"\r\n--x--\r\n"): return b"--x\r\n"+head+b"\r\n\r\n"+body+end
    D=b'Content-Disposition: form-data; name="partsListFile"'
    await f("ok", part(D+b'; filename="a.csv"'))
    await f("empty body", b""); await f("only end", b"--x--\r\n"); await f("no boundary", part(D), "multipart/form-data"); await f("empty boundary", part(D), "multipart/form-data; boundary=")
    await f("wrong boundary", part(D+b'; filename="b.csv"'), "multipart/form-data; boundary=y"); await f("truncated", part(D+b'; filename="b.csv"')[:-12]); await f("trunc in head", part(D+b'; filename="b.csv"')[:20])
    await f("1001 parts", b"".join(b'--x\r\nContent-Disposition: form-data; name="a%d"\r\n\r\n1\r\n'%i for i in range(1001))+b"--x--\r\n")
    await f("100KB head", part(D+b'; filename="b.csv"\r\nX-A: '+b"a"*100_000))
    await f("text badutf8", part(b'Content-Disposition: form-data; name="z"', b"\xff\xfe")); await f("charset bogus", part(b'Content-Disposition: form-data; name="z"\r\nContent-Type: text/plain; charset=bogus', b"abc")); await f("charset idna", part(b'Content-Disposition: form-data; name="z"\r\nContent-Type: text/plain; charset=idna', b"\xff"*100)); await f("charset undefined", part(b'Content-Disposition: form-data; name="z"\r\nContent-Type: text/plain; charset=undefined', b"a")); await f("charset punycode", part(b'Content-Disposition: form-data; name="z"\r\nContent-Type: text/plain; charset=punycode', b"\xff-9999999")); await f("charset base64", part(b'Content-Disposition: form-data; name="z"\r\nContent-Type: text/plain; charset=base64', b"a")); await f("charset zlib", part(b'Content-Disposition: form-data; name="z"\r\nContent-Type: text/plain; charset=zlib', b"a")); await f("charset nul", part(b'Content-Disposition: form-data; name="z"\r\nContent-Type: text/plain; charset="\x00"', b"a")); await f("charset utf-16", part(b'Content-Disposition: form-data; name="z"\r\nContent-Type: text/plain; charset=utf-16', b"a"))
    await f("filename empty", part(D+b'; filename=""')); await f("two files", b"--x\r\n"+D+b'; filename="1.csv"\r\n\r\n'+csv+b"\r\n"+part(D+b'; filename="2.csv"')); await f("no name", part(b'Content-Disposition: form-data; filename="c.csv"')); await f("no disposition", part(b'Content-Type: text/csv')); await f("disposition attachment", part(b'Content-Disposition: attachment; name="partsListFile"; filename="d.csv"')); await f("text part", part(D)); await f("no headers", part(b""))
    await f("filename path", part(D+b'; filename="../../e.csv"')); await f("filename nul", part(D+b'; filename="e\x00.csv"')); await f("filename 5000", part(D+b'; filename="'+b"e"*5000+b'.csv"')); await f("filename rtl", part(D+'; filename="e\u202e.csv"'.encode())); await f("CON", part(D+b'; filename="CON.csv"')); await f("filename badutf8", part(D+b'; filename="\xff.csv"')); await f("filename* ", part(D+b"; filename*=UTF-8''%e2%82%ac.csv")); await f("filename* bad", part(D+b"; filename*=bogus''%ff.csv")); await f("filename* bad2", part(D+b"; filename*=UTF-8''%ff.csv")); await f("filename* bad3", part(D+b"; filename*=abc"))
    await f("0 byte", part(D+b'; filename="f.csv"', b"")); await f("exe", part(D+b'; filename="f.exe"')); await f("pdf in csv", part(D+b'; filename="f.csv"', b"%PDF-1.4")); await f("html", part(D+b'; filename="f.csv"\r\nContent-Type: text/html')); await f("png type", part(D+b'; filename="g.csv"\r\nContent-Type: image/png'))
    await f("json ct", b"{}", "application/json"); await f("no ct", b"{}", None); await f("urlenc", b"a=b", "application/x-www-form-urlencoded"); await f("mixed", b"", "multipart/mixed; boundary=x"); await f("long boundary", b"", "multipart/form-data; boundary="+"x"*5000); await f("nonascii boundary", b"", b"multipart/form-data; boundary=\xff"); await f("same name", part(D+b'; filename="a.csv"')); await f("part ct garbage", part(D+b'; filename="h.csv"\r\nContent-Type: ;;;'));await f("part ct nonascii", part(D+b'; filename="i.csv"\r\nContent-Type: \xff\xfe')); await f("header no colon", part(D+b'; filename="j.csv"\r\nnocolon')); await f("lf only", part(D+b'; filename="k.csv"').replace(b"\r\n", b"\n"))
    await f("data after end", part(D+b'; filename="l.csv"')+b"garbage"*100); await f("preamble", b"hello\r\n"+part(D+b'; filename="m.csv"'))
    await f("cte base64", part(D+b'; filename="n.csv"\r\nContent-Transfer-Encoding: base64'))
    await f("10MB", part(D+b'; filename="big.csv"', b"a"*(10*1024*1024))); await f("10MB+1", part(D+b'; filename="big2.csv"', b"a"*(10*1024*1024+1))); await f("11MB", part(D+b'; filename="big2.csv"', b"a"*(11*1024*1024)))
    for l in lines.all():
        if l["level"]!="INFO": print(l["event"], l.get("error"))
