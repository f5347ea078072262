# ヘルプと、コマンドラインの誤りについての文。

help-heading-usage = 使い方:
help-heading-commands = コマンド
help-heading-arguments = 引数
help-heading-options = オプション
help-heading-global = すべてのコマンドのオプション
help-value-command = コマンド
help-value-options = [オプション]

help-mynacard = マイナンバーカード（個人番号カード）を読み、署名し、内容を説明します。
help-mynacard-more =
    暗証番号をコマンドラインや環境変数から受け取ることはありません。暗証番号の最後の1回は、別に同意がない限り使いません。
    カードがなくても試せます: `mynacard --reader sim:hanako status`。メニュー: `mynacard guide`。コマンドの詳しい使い方:
    `mynacard help コマンド`
help-mynacard-readers = リーダーと入っているカード、模擬カードを一覧にします
help-mynacard-status = カードの種類、アプリケーション、電子証明書、暗証番号の残り回数を表示します（暗証番号は不要）
help-mynacard-cert = カードの電子証明書を表示または保存します
help-mynacard-cert-more =
    auth     利用者証明用電子証明書: 氏名を含みません。カードでは暗証番号なしで読めます（スマートフォンでは必要）
    sign     署名用電子証明書: 氏名・住所・生年月日・性別を含みます。暗証番号が必要です
    auth-ca, sign-ca   それぞれの認証局の証明書: 暗証番号なしで読めます
help-mynacard-sign = カードの鍵でファイルに署名します（複数のファイルでも暗証番号は1回）
help-mynacard-sign-more =
    cms は元のファイルと別の署名ファイル (.p7s)、cms-attached は内容を含むもの (.p7m) です。pdf と xml は写しの中に署名し (.signed.pdf・.signed.xml)、
    jws はトークン (.jws) です。いずれも署名用電子証明書（氏名・住所・生年月日・性別）を含むため、先に同意を求めます。raw は署名値だけです (.sig)。asic はすべてのファイルを1つのコンテナ (.asice) に入れ、まとめて1回署名します（-o で名前を指定します）。証明書を含むファイルは、元のファイルの権限によらず、本人だけが
    読めます。入力が - で -o を指定しないときは、署名は標準出力へ、報告は標準エラーへ出ます。
help-mynacard-profile = 氏名・住所・生年月日・性別を文字で読み取ります
help-mynacard-profile-more =
    券面事項入力補助用暗証番号（4桁）か照合番号B（14桁）で読み取ります。--signed では発行者の署名も検証し、有効でなければ
    終了コードは 40 です。
help-mynacard-number = 目的を指定して個人番号を読み取ります（--reveal がなければ * で表示）
help-mynacard-number-more =
    個人番号を読み取れる目的は法律で定められています。読み取るたびに、番号を含まない1行の記録が
    $XDG_STATE_HOME/mynacard/handling.jsonl に残ります。券面事項入力補助用暗証番号（4桁）か個人番号（12桁）で読み取ります。
help-mynacard-face = 顔写真・氏名・住所・セキュリティコードを画像で読み取ります
help-mynacard-face-more =
    照合番号B（14桁）かA（12桁）で読み取ります。portrait.png、name.png、address.png、security-code.png、face.txt を、
    本人だけが読める権限で書き出します。有効期限とセキュリティコードは署名の対象外です。
help-mynacard-genuine = 情報が発行者のもので、カードが手元にあることを確認します（内容は表示しません）
help-mynacard-genuine-more =
    profile  4情報の文字: 券面事項入力補助用暗証番号か照合番号B。番号の文字: 照合番号A
    face     券面: 照合番号BかA
    age      生年月日の記録: 券面のとおりの生年月日6桁
    number   個人番号の画像: 照合番号A
    すべての確認に成功したときだけ終了コードは 0 です。これらの確認で証明されないことも表示します。
help-mynacard-age = 指定の年齢に達しているかを、必要最小限の記録から答えます
help-mynacard-age-more =
    券面のとおりの生年月日（6桁）を使うと、ほかは何も読みません。券面事項入力補助用暗証番号（4桁）、照合番号B（14桁）、
    照合番号A（12桁）でも読み取れます。終了コード: 0 はい、3 いいえまたは不明、40 証明に失敗（回答しません）。
    --no-proof では読み取るだけで、証明しません。
help-mynacard-card = カード番号・市区町村・有効期限を表示します（暗証番号は不要）
help-mynacard-pin = 暗証番号の残り回数の表示、確認、変更をします
help-mynacard-pin-status = すべての暗証番号の残り回数を表示します（回数は減りません）
help-mynacard-pin-check = 暗証番号を確認します（誤ると残り回数が1回減ります）
help-mynacard-pin-change = 暗証番号を変更します（古い番号を誤ると残り回数が1回減ります）
help-mynacard-pin-change-more =
    stdin、fd:N、file:PATH では、1行目が古い暗証番号、2行目が新しい暗証番号です。
help-mynacard-licence = カードの運転免許証（マイナ免許証）を表示します
help-mynacard-licence-more =
    暗証番号は10回まで試せます。ロックの解除は警察で行います。暗証番号のない免許証は、尋ねずに読み取ります。--expiry を
    付けると、有効期間が過ぎている場合の終了コードは 3 です。氏名と住所はこのアプリケーションになく、チップの真正性も
    証明しません。カード本体は `mynacard genuine` で確認できます。
help-mynacard-licence--expiry = 有効期間の末日だけを表示します
help-mynacard-licence--portrait = 写真（JPEG 2000）をこのファイルに書き出します
help-mynacard-licence--force = 既存のファイルを置き換えます
help-mynacard-licence--issuer = 警察のこの証明書（DER または PEM）で署名を検証します
help-mynacard-login = サービスのチャレンジに利用者証明用の鍵で応答します（Web eID トークン）
help-mynacard-login-more =
    トークンは、このオリジンとこのチャレンジにだけ有効です。login challenge と login verify は、サービスの開発者のための
    サービス側の機能です。
help-mynacard-login-challenge = ログインのチャレンジを発行し、5分間有効にします
help-mynacard-login-verify = トークンを規則ごとに検証します（失敗してもチャレンジは使えなくなります）
help-mynacard-login-verify-more =
    --store がないとチャレンジを記録しないため、トークンを繰り返し使えてしまいます。このサービスでの識別子は鍵付きハッシュで、
    鍵は --store のフォルダーか --identity-key のファイルにあります。
help-mynacard-verify-cert = 電子証明書を規則ごとに検証します
help-mynacard-verify-cert-more =
    終了コード 40: 信頼できません。失効は --crl と --ocsp を指定したときだけ確認します。
help-mynacard-serve = デスクトップアプリのための JSON-RPC 2.0（標準入出力）
help-mynacard-serve-more =
    暗証番号は、これを起動したプログラムを通じて尋ねます。標準入力が終わると終了し、カードの認証状態は解除されます。
    暗証番号の最後の1回は使いません。
help-mynacard-web-eid = 公開されている Web eID ブラウザー拡張機能からカードを使えるようにします（ブラウザーが起動します）
help-mynacard-web-eid-more =
    暗証番号と同意は pinentry で尋ねます。要求と要求の間には何も保持しないため、署名するサイトでは、電子証明書と署名の
    ために暗証番号を2回尋ねます。
help-mynacard-web-eid-install = ブラウザーにこのプログラムを登録します
help-mynacard-web-eid-install-more =
    公開されている拡張機能は、専用プログラムの名前 eu.webeid を呼び出します。--as eu.webeid でその名前を使います（ほかの
    プログラムのファイルは上書きしません）。--reader を指定すると、そのリーダーを使います。
help-mynacard-web-eid-uninstall = install で書き出したものを取り除きます
help-mynacard-pkcs11 = PKCS #11 モジュールをこのユーザーのプログラムに登録します
help-mynacard-pkcs11-install = 各プログラムに必要な行を表示し、--yes があれば書き込みます
help-mynacard-pkcs11-install-more =
    --yes がなければ何も書き込みません。NSS は Firefox と Chromium 用です。OpenSSL と Java には専用のファイルを作り、
    コマンドラインで指定します。LibreOffice には署名用の鍵だけを見せます。
help-mynacard-pkcs11-uninstall = install で書き出したものを取り除きます
help-mynacard-pkcs11-status = どのプログラムに登録されているかを表示します
help-mynacard-pkcs11-status-more =
    --prove-pss を付けると、TLS 1.3 に必要な PSS 署名をカードで1回試します（暗証番号を1回尋ねます）。結果は、モジュールが
    次に起動したときに使われます。
help-mynacard-probe = 模擬カードのためにカードの応答を調べます（暗証番号は送らず、個人情報も表示しません）
help-mynacard-probe-more =
    約400回のコマンド（SELECT、READ、GET DATA、残り回数の問い合わせ）を送り、ステータスワードだけを表示します。-o の
    ファイルは、模擬カードの住民のファイルの quirks-from に指定できます。
help-mynacard-probe--output = 模擬カードが読み込むファイルの書き出し先
help-mynacard-sim = カードがないときのための模擬カード
help-mynacard-sim-list = 住民を一覧にします
help-mynacard-sim-show = 住民の内容と、公開されている暗証番号を表示します
help-mynacard-sim-judge = コマンドを新しいカードでいくつかの場面で実行し、カードへの影響を調べます
help-mynacard-sim-judge-more =
    コマンドは住民の公開された暗証番号を送るか、何も送りません。場面: 問題なし、カードの暗証番号が違う、同じく残り1回、
    途中でカードを取り出す、途中でほかのプログラムがリセットする、拡張長を受け付けない。終了コード 3 は、コマンドが
    すべきでないことをしたことを示します。
help-mynacard-sim-ctl = プログラムが使っている間に、カードの抜き差しや障害を起こします
help-mynacard-sim-ctl-more =
    カードは住民の名前か、リーダーの番号（0から）で指定します。sim run で実行したコマンドの中では、カードは自動的に
    見つかります: `mynacard sim run hanako -- sh -c 'my-client & mynacard sim ctl remove hanako'`
help-mynacard-sim-ctl-cards = カードと、これまでのやりとりの回数、残り回数を一覧にします
help-mynacard-sim-ctl-insert = カードをリーダーに入れます
help-mynacard-sim-ctl-remove = カードをリーダーから取り出します
help-mynacard-sim-ctl-reset = ほかのプログラムがするように、カードをリセットします
help-mynacard-sim-ctl-swap = カードを別の住民の（発行時の）カードに替えます
help-mynacard-sim-ctl-fault = 障害を1回（オプションがなければ次のやりとりで）、または clear まで確率で起こします
help-mynacard-sim-ctl-fault-more =
    FAULT: remove、remove-after、reader-gone、reset、power-loss、lose-command、lose-answer、cut（--bytes）、
    status（--status）、delay（--milliseconds）
help-mynacard-sim-ctl-clear = まだ起きていない障害を取り消します
help-mynacard-sim-ctl-quirk = 相違点に値を設定します（docs/card/quirks.md）。カードの電源が一度切れます
help-mynacard-sim-ctl-keys = テンキー付きリーダーのキーを押します（sim run --pinpad）
help-mynacard-sim-ctl-keys-more =
    数字のあとは確定キーを押したことになります。リーダーが暗証番号を尋ねるまで保存され、新しい番号は2回尋ねられます。
help-mynacard-sim-ctl-counter = 暗証番号の残り回数を設定します
help-mynacard-sim-ctl-latency = 本物のカードのように遅く応答させます
help-mynacard-sim-ctl-snapshot = カードが記憶している内容を書き出します
help-mynacard-sim-ctl-restore = スナップショットの内容をカードに記憶させます
help-mynacard-sim-ctl-log = プログラムがカードで行ったことを1行ずつ表示します（--json で JSON）
help-mynacard-sim-run = 住民のカードがリーダーに入っている状態でコマンドを実行します（サービスは不要）
help-mynacard-sim-run-more =
    例: `mynacard sim run hanako taro -- opensc-tool --list-readers`。--state でフォルダーを指定しなければ、カードは
    毎回新しくなります。終了コードはコマンドのものです。Java はライブラリーをパスで探すので、
    java -Dsun.security.smartcardio.library=$LIBPCSCLITE_DELEGATE … としてください。
help-mynacard-sim-serve = 仮想リーダー vpcd に住民のカードを差し込み、このコンピューターのどのプログラムからも使えるようにします
help-mynacard-sim-serve-more =
    カードごとにスロットを1つ使います。最初のスロットは --port、次からはその次のポートです。標準入力で受け付ける行:
    insert 名前、remove 名前、reset、quit。Ctrl-C でも終わります。
help-mynacard-sim-reset = 住民のカードの残り回数と暗証番号を発行時の状態に戻します
help-mynacard-sim-new = 独自の住民を定義するファイルのひな形を、コメント付きで書き出します
help-mynacard-sim-pki = 検証プログラムのテストのために、模擬の認証局と、規則を1つずつ破る証明書を書き出します
help-mynacard-sim-pki-more =
    DIR は --trust DIR に使えます（認証局の証明書と、CV証明書の発行者の鍵）。DIR/list.json に、それぞれが破る規則と期待される
    結果があります。keys/ は公開されたテスト用の鍵です。
help-mynacard-trace = カードとのやりとりの記録を扱います
help-mynacard-trace-show = --trace で書き出した記録を説明します
help-mynacard-completions = シェルの補完を書き出します
help-mynacard-man = マニュアルページを書き出します

help-arg-reader = リーダー: 名前の一部、一覧の番号、または sim: に続けて模擬カードの住民の名前かファイル
help-arg-json = 結果を1つの JSON で書き出します
help-arg-lang = 言語 [既定: 環境に従う]
help-arg-wait = リーダー、カード、ほかのプログラムの処理の終わりを待ちます。秒数を指定するとその時間まで（端末がない場合、ほかのプログラムの処理を待つのは最長30秒）
help-arg-no-pinpad = リーダーにテンキーがあっても、暗証番号をここで尋ねます
help-arg-pin = 暗証番号の入力元。sim は模擬カードの公開された値 [既定: prompt]
help-arg-trace = カードとのやりとりを新しいファイルに書き出します（暗証番号と個人情報は含みません）
help-arg-verbose = カードとのやりとりの回数を表示します
help-arg-help = このヘルプを表示します
help-arg-version = バージョンを表示します
help-arg-spend-last-attempt = 暗証番号の最後の1回を使うことに同意します。誤っていた場合、市区町村の窓口でしか元に戻せません
help-arg-which = 電子証明書の種類
help-arg-format = 形式
help-mynacard-sign--chosen = 署名の形式 [既定: 拡張子で選択。.pdf は pdf、.xml は xml、ほかは cms（署名だけの .p7s）]
help-arg-rules = すべての規則を表示します
help-mynacard-cert--format = 形式 [既定: 画面では text、ファイルでは pem]
help-mynacard-cert--remember = 利用者証明用電子証明書を本人だけが読めるように保存します。次回からこのカードでは先頭だけを読んで照合します
help-mynacard-cert--forget = --remember で保存したこのカードの証明書を消します
help-arg-output = 書き出し先。- は標準出力
help-arg-output-dir = 書き出し先のフォルダー
help-arg-force = すでにあるファイルに上書きします
help-arg-files = 署名するファイル。- は標準入力
help-arg-key = 署名する鍵 [既定: sign]
help-arg-check = 先に電子証明書を読み、署名をそれと照合します。RSA-2048 以外の鍵のカードでは必要です
help-arg-resume = すでに同じ内容の正しい署名があるファイルを飛ばします
help-arg-consent-disclosure = 氏名・住所・生年月日・性別が署名済みファイルに入ることに同意します
help-arg-timestamp = このタイムスタンプ局にタイムスタンプ (RFC 3161) を求めます。http のみ。局に渡るのはダイジェストだけです
help-arg-timestamp-trust = これらのルート証明書で時刻が証明されるタイムスタンプだけを受け入れます（`verify --trust` と同じ基準）
help-arg-cosign = このファイルの署名に署名を加えます
help-arg-pdf-profile = 現在は --filing moj か --pades
help-mynacard-sign--filing = 提出先: 登記申請の PDF は moj［PDF の既定］、e-Gov 申請の XML は egov（kousei.xml を、同じフォルダーのほかの XML とともに署名します。受け手による確認はありません）
help-arg-pades = 登記申請の形式ではなく、PDF に PAdES 署名を付けます
help-arg-field = PDF の空の署名欄に署名します。欄のロックを適用し、欄の要求は満たすか、満たせなければ署名しません
help-arg-visible = ページに署名を表示します。単位はポイント、左下が原点。field は署名欄の枠の中
help-arg-font = --visible のための、埋め込み可能な TrueType フォント [既定: IPAexゴシック]
help-arg-detached = 署名対象を含まない署名
help-arg-with-ca = 発行した認証局の証明書も JWS に含めます
help-arg-xades = 署名時刻と証明書も署名の対象にします (XAdES-B-B)
help-mynacard-verify--filing = moj: 登記申請の既知の規則も確認します。egov: e-Gov 申請の形式
help-arg-kind = 暗証番号の種類: auth・profile・resident は4桁、sign は英数字6〜16文字
help-arg-new-pin = 新しい暗証番号の入力元（古いものと別の場合）
help-arg-with = 読み取りに使う番号の種類（桁数から判別できない場合）
help-arg-face-values = 券面から照合番号Bを作ります: 生年月日（550217 または 1980-02-17）、有効期限の西暦年、セキュリティコード
help-arg-trust = 信頼する認証局。フォルダーには発行者の鍵 *.cvkey.toml も入れられます [既定: production]
help-arg-signed = 発行者の署名を検証します
help-arg-only = これだけを表示します
help-arg-secure-messaging = カードからの応答を暗号化します。券面事項入力補助用暗証番号が必要で、それ自体は平文で送られます
help-arg-purpose = 番号を読み取る目的
help-arg-law = 法令名（other-by-law のとき）
help-arg-reveal = 数字を表示します
help-mynacard-face--output-dir = 書き出すフォルダー。なければ作ります
help-arg-folder = フォルダー。なければ作ります
help-mynacard-verify-cert--file = 証明書。- は標準入力
help-arg-png = 現在は既定です
help-arg-original = 顔写真をカードにあるままの形式（JPEG 2000）で書き出します。表示できるソフトは限られます
help-arg-show = 表示できるターミナルに画像を表示します
help-arg-record = 確認する記録
help-arg-over = 年齢
help-arg-no-proof = 読み取るだけで証明しません（やりとりが減ります）
help-arg-name = 住民: 名前、またはファイル（/ を含むか .toml で終わるもの）
help-mynacard-sim-new--name = 新しい名前: a〜z、0〜9、ハイフン。英字で始めます
help-mynacard-sim-new--count = 作る住民の数。NAME-1 から番号が付き、全員が別人になります
help-mynacard-sim-new--seed = すべての値のもとになる文字列。同じ文字列からは同じファイルができます [既定: NAME]
help-mynacard-sim-pki--folder = 作るフォルダー
help-arg-names = 住民
help-mynacard-sim-serve--state = カードの残り回数と変更した暗証番号を保存するフォルダー。none は新しいカード [既定: 利用者のフォルダー]
help-mynacard-sim-serve--control = sim ctl --socket のための新しいソケット
help-mynacard-sim-serve--log = プログラムがカードで行ったことを1行ずつ書き出す新しいファイル（--json で JSON）
help-mynacard-sim-run--state = カードの残り回数と変更した暗証番号を保存するフォルダー [既定: 新しいカード]
help-mynacard-sim-run--log = プログラムがカードで行ったことを1行ずつ書き出す新しいファイル（--json で JSON）
help-mynacard-sim-judge--limit = 各場面でコマンドを待つ秒数 [既定: 60]
help-mynacard-sim-judge--name = 住民
help-mynacard-sim-ctl--socket = 操作用のソケット [既定: sim run のもの]
help-arg-sim-card = カード
help-mynacard-sim-ctl-swap--resident = 別の住民
help-arg-fault = 起こす障害
help-mynacard-sim-ctl-fault--at = これから何回目のやりとりで起こすか（1から）
help-arg-instruction = この命令バイト（16進数2桁）の最初のコマンドで起こします
help-arg-presenting = 暗証番号を送る最初のコマンドで起こします
help-arg-chance = やりとりのたびに起こす確率（パーセント）
help-arg-chance-seed = 同じ数からは同じやりとりが選ばれます [既定: 0]
help-arg-bytes = 届く応答のバイト数
help-arg-status = ステータスワード（16進数4桁）
help-arg-milliseconds = 応答が遅れるミリ秒数
help-arg-quirk = 相違点
help-arg-keys = リーダーが1回尋ねたときに押すキー
help-arg-quirks = カード自身の値の代わりに使う相違点のファイル（probe -o が書き出したもの）
help-arg-pinpad = 各リーダーをテンキー付きにします。キーは sim ctl keys で押します
help-mynacard-sim-ctl-quirk--value = その値
help-mynacard-sim-ctl-counter--which = authentication、signature、profile、profile-number-a、profile-number-b、visual-number-a、visual-number-b、licence
help-arg-left = 残り回数（その暗証番号の最大値まで）
help-mynacard-sim-ctl-latency--speed = none、contact（10 kbit/s）、contactless-106、contactless-424
help-mynacard-sim-ctl-snapshot--output = 新しいファイル [既定: 標準出力]
help-mynacard-sim-ctl-restore--file = スナップショット
help-arg-command = コマンドと引数
help-arg-port = リーダーの最初のスロットのポート [既定: 35963]
help-arg-file = 記録のファイル
help-arg-origin = サイト。ブラウザーと同じ書き方: https://example.org
help-arg-nonce = サービスのチャレンジ。Base64 の44〜128文字
help-mynacard-login-verify--nonce = トークンが応答すべきチャレンジ
help-arg-store = チャレンジを保存するフォルダー
help-mynacard-login-challenge--store = チャレンジを保存するフォルダー（なければ本人専用で作ります）
help-mynacard-login-verify--file = トークンのファイル。- は標準入力
help-arg-identity-key = このサービスでの識別子のための、32バイト以上の鍵のファイル
help-arg-card = 代わりにカードの電子証明書: auth か sign
help-arg-at = 検証の基準日時: YYYY-MM-DD か RFC 3339 [既定: 現在]
help-arg-crl = 失効リスト（DER か PEM）。複数指定できます
help-arg-ocsp = このサーバーに失効を問い合わせます（http のみ）。どの証明書を調べるかがサーバーに伝わります
help-arg-require-revocation = 失効を確認できなければ終了コード 41
help-arg-signature = ファイルの外にある署名。FILE.p7s は自動で見つけます
help-arg-certificate = 署名に入っていない証明書（DER か PEM）。複数指定できます
help-mynacard-verify--key = 署名に使われた鍵: sign（署名用）か auth（利用者証明用）[既定: sign]
help-mynacard-verify--files = 署名済みファイル（複数可）、またはフォルダー（中のすべて）。- は標準入力
help-mynacard-explain = 署名済みファイルの中身を表示します（検証はしません）
help-mynacard-explain--file = 署名済みファイル（CMS・PDF・XML・JWS・ASiC）。- は標準入力
help-mynacard-verify = 署名済みファイルを規則ごとに検証します（カードは不要）
help-mynacard-verify-more =
    CMS (.p7s・.p7m)、PDF、XML、JWS、ASiC-E (.asice) と、--certificate を指定した署名値を扱います。終了コード: 0 有効、40 無効、41
    --require-revocation を指定して失効を確認できなかったとき。複数のときは最も悪いもの（40、読めないファイルの 2、41 の順）です。
    フォルダーの中の署名のないファイルは無効とします。理由は `mynacard help コード` で説明します。--filing moj は登記申請の
    既知の規則も確認します。受理を決めるのは登記所だけです。
help-arg-framing = メッセージの区切り: headers（Content-Length）か lines [既定: headers]
help-arg-sim = リーダーの代わりの模擬カード。複数指定できます
help-arg-browser = ブラウザー。複数指定できます [既定: 3つすべて]
help-mynacard-web-eid-install--name = 拡張機能が呼ぶ名前 [既定: mynacard.webeid]
help-mynacard-web-eid-uninstall--name = 拡張機能が呼ぶ名前 [既定: mynacard.webeid]
help-arg-caller = ブラウザーが付け加えるもの
help-arg-client = プログラム。複数指定できます [既定: すべて]
help-arg-module = モジュールのファイル [既定: インストールされた場所]
help-arg-nss = ほかの NSS データベース。複数指定できます
help-arg-yes = 行を書き込みます
help-arg-prove-pss = カードで PSS 署名を1回試します
help-arg-shell = シェル

usage-value = { $argument } に { $value } という値はありません
usage-value-missing = { $argument } には値が必要です
usage-secret = { $argument } に指定するのは暗証番号の入力元です。暗証番号そのものは指定できません
usage-values = 使える値: { $values }
usage-suggestion = { $suggestion } のことですか？
usage-unknown = このコマンドに { $argument } はありません
usage-too-many = 余分な引数があります
usage-unexpected = 余分な引数です: { $argument }
usage-format-mixed = ファイルの拡張子が異なります。--format で形式を1つ選んでください
usage-command = { $command } というコマンドはありません
usage-command-missing = コマンドがありません
usage-alone =
    コマンドがありません。まず次のように使います:
    {"  "}mynacard status                      カードの状態を表示
    {"  "}mynacard --reader sim:hanako status  模擬カードの状態を表示
    {"  "}mynacard sign ファイル               ファイルに署名
    {"  "}mynacard verify ファイル             署名済みファイルを検証
    {"  "}mynacard doctor                      カードが見つからない原因を調査
usage-missing = 足りないもの: { $argument }
usage-equals = { $argument } の値は = に続けて書きます
usage-conflict = { $argument } と { $other } は同時に使えません
usage-twice = { $argument } が2回あります
usage-number = { $argument } の値の数が違います
usage-other = コマンドラインを理解できません
usage-json-format = --json とこの --format は同時に使えません
usage-remember = --remember と --forget は利用者証明用電子証明書 (cert auth) だけで使えます
usage-no-ssh = この種類の鍵は OpenSSH では使えません
usage-new-pin = 新しい暗証番号がありません。2行目に書くか、--new-pin で入力元を指定してください
usage-stdin-twice = 標準入力には1回しか署名できません
usage-stdin-pin = 標準入力を暗証番号と署名対象の両方に使うことはできません
usage-stdin-alone = 標準入力への署名は単独で行います（署名は標準出力に書き出されます）
usage-stdin-folder = 標準入力にはフォルダーに置くファイルの名前がありません。-o FILE を使ってください
usage-asic-output = 複数のファイルのコンテナには名前が必要です: -o ファイル.asice
usage-one-output = -o で指定できるファイルは1つです。複数の署名には --output-dir を使ってください
usage-same-output = 2つの署名が同じ名前になります
usage-option-format = { $option } は --format { $format } では使えません
usage-moj-timestamp = 登記申請ではタイムスタンプが受け付けられないとされています。--timestamp には --pades を使ってください
usage-egov-shape = --filing egov の形は決まっています。--detached と --xades は付けません
usage-visible-field = --visible field には --field が必要です。--field を使うときは PAGE,X,Y,W,H を指定しないでください
usage-cosign-one = --cosign は1つのファイルの1つの署名に加えるもので、--resume とは使えません
usage-stdin-name = 標準入力には名前がなく、この署名は対象の名前を含みます
usage-profile-format = --filing moj は PDF、--filing egov は kousei.xml の、中にある署名のためのものです
usage-verify-several = --signature と --rules は1つのファイルのときだけ使えます。--json は各ファイルのすべての規則を示します
usage-raw-certificate = 署名値だけでは、だれの署名か分かりません。--certificate FILE で証明書を1つ指定してください
usage-persona-twice = 同じ名前の住民が2人います
usage-no-port = これだけのカードに使えるポートがありません
usage-login-stdin = 標準入力を暗証番号と検証対象の両方に使うことはできません
usage-sim-serve = sim serve に { $option } は指定できません
usage-sim-run = sim run に { $option } は指定できません。コマンドのオプションは -- の後に書いてください
usage-serve-reader = serve はすべてのリーダーを使います。模擬カードは --sim で指定してください
usage-parameter = パラメーター { $name } がないか、違います
usage-nonce = チャレンジの形式に合いません。Base64 の44〜128文字が必要です
usage-with = { $pin }では読み取れません。使えるもの: --with { $values }
pin-record = この情報を読む暗証番号・照合番号
shape-lengths = 桁数が次のどれとも合いません:{ $pins }
usage-face-values = --face-values には券面の生年月日（550217 または 1980-02-17）、有効期限の西暦年（2035）、4桁のセキュリティコードをコンマで区切って指定します
usage-json-show = --json と --show は同時に使えません
help-mynacard-doctor = カードを使えない原因を調べ、それぞれに入力する行を示します
help-mynacard-doctor--root = このシステムの代わりに、このフォルダー以下のシステムを調べます
help-mynacard-doctor-more =
    暗証番号は使わず、何も変更しません。結果に個人情報は含まれず、そのまま共有できます。終了コード: 0 問題なし、10 問題あり
help-mynacard-web-eid-install--sim = ブラウザーにこの模擬カードを使わせます（サイトのテスト用）
help-mynacard-help = コマンドの使い方や、コードの意味を表示します
help-arg-topic = コマンド、pin.wrong などのエラーや拒否のコード、または errors、refusals（一覧）
help-status = 終了コード: { $status }
usage-topic = { $topic } というコマンドもコードもありません
man-exit-status = 終了コード
man-exit-status-text =
    0   正常終了
    1   このプログラムの不具合
    2   使い方の誤り: コマンドライン、暗証番号の形式、同意がない、使えないファイル
    3   答えは「いいえ」
    10  サービス、リーダー、カードがない、または1つに決まらない
    11  マイナンバーカードではない、またはアプリケーション・証明書・ファイルがない
    12  カードが抜かれた、リセットされた、応答しない、電源が切れた
    13  ほかのプログラムがリーダーを占有している
    14  カードが操作を拒否した
    20  暗証番号が違う
    21  暗証番号がロックされている
    22  残り1回で、使うことに同意がない
    30  カードのデータが壊れている
    40  検証に失敗した
    41  検証には成功したが、求められた失効の確認ができていない
    50  中止した
    詳しいコード: mynacard help errors
man-examples = 使用例
man-files = ファイル
man-files-text =
    ~/.local/state/mynacard/handling.jsonl  個人番号の取扱いの記録（番号は含みません）
    ~/.local/state/mynacard/                模擬カードの残り回数など
    ~/.local/share/mynacard/                自分で作った模擬カード
man-environment = 環境変数
man-environment-text =
    LC_ALL、LC_MESSAGES、LANG        言語。最初に設定されているものが ja で始まれば日本語
    NO_COLOR、TERM                  NO_COLOR があるか TERM が dumb のとき、色を付けません
    XDG_STATE_HOME、XDG_DATA_HOME   上のファイルの場所を変えます
    PCSCLITE_CSOCK_NAME             スマートカードサービスのソケットを変えます
    暗証番号を環境変数から読むことはありません。
help-mynacard-guide = できることをメニューで表示します。ターミナルで `mynacard` だけを入力したときと同じです
