# このプログラムのコードごとに、その順で: err- は何が起きたか、rec- は次に何をすればよいか。
# ライブラリーのコードの文は card-text にあります。

label-error = エラー:{" "}

err-age-not-reached = その年齢に達していません
rec-age-not-reached = カードの記録による結果です。異常ではありません。
err-age-unknown = その年齢に達しているか、カードからは分かりません
rec-age-unknown = 生年月日の一部がカードにありません。
err-card-busy = このカードはほかの処理が使っています
rec-card-busy = 終わるのを待つか、`timeoutMs` を指定してください。
err-consent-disclosure = 氏名・住所・生年月日・性別が署名済みファイルに入りますが、同意がありません
rec-consent-disclosure = ターミナルで同意するか、`--consent-disclosure` を付けてください。カードには何も尋ねていません。
err-consent-missing = 所有者を特定できる情報が含まれますが、同意がありません
rec-consent-missing = 利用者に確かめ、`consent.disclosesAttributes = true` を付けてください。
err-document-refused = この署名は認められません: { $reason } ({ $code })
rec-document-refused = `mynacard verify --rules` ですべての規則を、`mynacard help { $code }` でこの理由を、`mynacard explain ファイル` でファイルの中身を確認できます。
err-document-unknown = { $path } は知られている形式（CMS・PDF・XML・JWS・ASiC）のどれでもありません
rec-document-unknown = 正しいファイルか確かめてください。署名値だけのファイルからは何も分かりません。
err-document-unreadable = { $path } を必要なところまで読めません: { $reason } ({ $code })
rec-document-unreadable = 壊れているか、途中で切れているか、ここでは読めない書き方です。もう一度もらってください。
err-document-unsigned = { $path } は署名済みファイルではなく、そばに { $signature } もありません
rec-document-unsigned = 署名を指定してください: `mynacard verify FILE --signature SIGNATURE`
err-document-unsuitable = { $path } には署名できません: { $reason } ({ $code })
rec-document-unsuitable = 何も書いていません。{ $advice }
err-documents-refused = { $count } 個のうち { $refused } 個のファイルが認められないか、ファイルがありません
rec-documents-refused = 理由は `mynacard verify ファイル` で1つずつ確認できます。
err-folder-unknown = ファイルを置くフォルダーが分かりません: ${ $variable } も $HOME も絶対パスではありません
rec-folder-unknown = 自分のフォルダーを HOME に設定してください: `HOME=/folder mynacard …`
err-font-unreadable = フォント { $path } を読めません: { $reason }
rec-font-unreadable = Debian: `sudo apt install fonts-ipaexfont-gothic`。または `--font FILE` で別のフォントを指定してください。
err-frame-broken = このインターフェースのフレームではありません
rec-frame-broken = `Content-Length: N`、空行、N バイトの JSON を送ってください。`--framing=lines` では1行に1つの JSON です。
err-handling-unwritable = 取扱いの記録 { $path } を書き込めません: { $reason }。個人番号は表示していません
rec-handling-unwritable = 場所と権限を確かめてください。場所は XDG_STATE_HOME で決まります。
err-input-changed = { $path } は表示したものから変わっています
rec-input-changed = このファイルには何も書いていません。もう一度確かめてから署名してください。
err-input-unreadable = { $path } を読めません: { $reason }
rec-input-unreadable = カードには何も送っていません。場所と権限を確かめてください。
err-licence-certificate = { $path } は免許証の署名を検証できる証明書ではありません
rec-licence-certificate = RSA 2048 ビットの鍵の証明書を1つ、DER か PEM で指定してください。警察の証明書は公開されていません。模擬カードでは `mynacard sim pki DIR` が DIR/licence/police.der を書き出します。
err-licence-expired = 免許証の有効期間が過ぎています
rec-licence-expired = カードに記録された日付が過ぎています。更新手続き中かどうかはカードには記録されていません。
err-output-exists = { $path } はすでにあります
rec-output-exists = 別の名前にするか、使えるコマンドでは `--force` を付けてください。記録は必ず新しいファイルに書き出します。
err-output-unwritable = { $path } に書き出せません: { $reason }
rec-output-unwritable = 別の場所にするか、権限を確かめてください。
err-pdf-glyph = 表示する文字の字形がフォントにありません ({ $character })
rec-pdf-glyph = 別のフォント (`--font FILE`) を使うか、`--visible` なしで署名してください。
err-pdf-room = { $path } の署名には { $needed } バイト必要ですが、{ $room } バイトしか空けていません
rec-pdf-room = タイムスタンプなしで署名するか、別の局を使ってください。この局の証明書が多すぎます。
err-persona-exists = { $name } という住民はすでにいます
rec-persona-exists = 別の名前にしてください。`mynacard sim list` で使われている名前が分かります。
err-persona-field = { $path }、{ $line }行目: { $field }: { $reason }
rec-persona-field = この項目を直してください。`mynacard sim new 名前` で説明付きの例を書き出せます。
err-persona-name = { $name } は住民の名前にできません
rec-persona-name = a〜z、0〜9、ハイフンの1〜32文字にしてください。英字で始めます。
err-persona-syntax = { $path }、{ $line }行目: { $reason }
rec-persona-syntax = この行を直してください。`mynacard sim new 名前` で説明付きの例を書き出せます。
err-persona-unknown = { $name } という住民はいません。いるのは次のとおりです:{ $known }
rec-persona-unknown = この中の名前か、ファイルを指定するか、`mynacard sim new 名前` で作ってください。
err-persona-unreadable = { $path } を読めません: { $reason }
rec-persona-unreadable = 場所と権限を確かめてください。
err-picture-unreadable = 顔写真を変換できません: { $problem }
rec-picture-unreadable = `--show` を付けずに `--original` を付けると、カードにあるままの形で書き出します。
err-pin-no-terminal = 暗証番号を入力するターミナルがありません
rec-pin-no-terminal = 入力元を指定してください: `--pin stdin`、`--pin fd:N`、`--pin file:PATH`、`--pin pinentry`。
err-pin-not-repeated = 新しい暗証番号の2回の入力が一致しません
rec-pin-not-repeated = 何も変更しておらず、残り回数は減っていません。やり直してください。
err-pin-same = 新しい{ $pin }が現在のものと同じです。何も送っていません
rec-pin-same = 別の値にしてください。
err-pin-sim-only = `--pin sim` は模擬カード専用です。このカードは模擬カードだと確認できません
rec-pin-sim-only = 指定を外して暗証番号を入力するか、別の入力元を指定してください。
err-pin-source = { $path } から暗証番号を読めません: { $reason }
rec-pin-source = カードには何も送っていません。入力元を確かめてください。
err-program-bug = mynacard { $version } の不具合です（{ $place }）
rec-program-bug = この行と、暗証番号を除いたコマンドを報告してください。暗証番号を送っていた場合はカードを取り出してください。
err-purpose-law = { $problem }
rec-purpose-law = `--law 法令名` は `--purpose other-by-law` のときだけ付けます。法律または条例の名前です。
err-purpose-missing = 個人番号は目的なしには読み取りません。目的が指定されていません
rec-purpose-missing =
    個人番号の提供を求め、収集し、保管できる場合は法律で限られています（番号法、平成25年法律第27号、第14条・第19条・第20条）。
    `--purpose` に social-security（社会保障）、tax（税）、disaster（災害対策）、other-by-law（`--law 法令名` とともに）、
    または本人が自分の番号を見る holder を指定してください。番号を含まない記録が1行残ります。
err-purpose-unknown = 個人番号を読み取る目的ではありません
rec-purpose-unknown = 法律で定められています（番号法第14条・第19条・第20条）: `social-security`、`tax`、`disaster`、`other-by-law`、または `holder`。
err-record-not-genuine = すべてが証明されたわけではありません
rec-record-not-genuine = どの検査がなぜ通らなかったかは上の行にあります。信頼する認証局は `--trust` で指定します: production、jlis-test、sim、またはフォルダー。模擬カードには `--trust sim` が必要です。
err-revocation-not-checked = ほかはすべて正しいものの、失効しているかどうかを確認できません
rec-revocation-not-checked = { advice-list }
err-setup-broken = カードの利用を妨げているものがあります
rec-setup-broken = 最初の NG の下にある行を入力してから、もう一度 `mynacard doctor` を実行してください。
err-sign-algorithm = この形式はカードの鍵の種類の署名を入れられません
rec-sign-algorithm = 別の形式を選んでください。鍵の種類は `mynacard cert sign` で分かります。
err-sign-existing = { $path } には署名を加えられません: { $reason } ({ $code })
rec-sign-existing = `mynacard verify` で確かめてください。加えられるのは同じファイルへの署名だけです。
err-sim-absent = { $path } に模擬カードがありません
rec-sim-absent = `mynacard sim run` で実行したコマンドの中で使うか、`--socket` でソケットを指定してください。
err-sim-command = コマンド { $path } を実行できません: { $reason }
rec-sim-command = 名前と権限を確かめてください。コマンドは `--` の後に書きます: `mynacard sim run hanako -- opensc-tool --list-readers`
err-sim-in-use = 模擬カード { $name } はほかのプログラムが使っています
rec-sim-in-use = 終わるのを待つか、別の住民を使ってください。
err-sim-library = 模擬カード用のクライアントライブラリーがありません
rec-sim-library = Debian パッケージ mynacard-sim を入れるか、`make install` でインストールするか、`MYNACARD_SIM_LIBRARY` に `libcard_sim_pcsc.so` の場所を指定してください。探した場所: { $places }
err-sim-misbehaved = このコマンドはカードを正しく扱っていません
rec-sim-misbehaved = 上の行に、どの場面の問題かがあります。`mynacard sim run 住民 --log ファイル -- コマンド` で、やりとりを1つずつ確かめられます。
err-sim-refused = 模擬カードに対する操作ができません: { $why ->
        [card] そのカードはありません
        [resident] その住民はいません
        [fault] 障害の値がないか、正しくないか、別の障害のものです
        [quirk] その相違点はありません
        [quirk-value] その相違点にその値はありません
        [pin] カードにその暗証番号はありません
        [keys] キーは32桁までの数字、cancel、timeout のどれかです
        [pinpad] リーダーにテンキーがありません。`sim run --pinpad` で起動してください
        [state] スナップショットではありません
        [io] 記憶を書き込めません
       *[other] 要求の形式が正しくありません
    }
rec-sim-refused = カードは `mynacard sim ctl cards` で一覧にできます。相違点と値は `docs/card/quirks.md`、障害は `docs/simulator.md` にあります。
err-sim-state = 模擬カードの状態 { $path } を使えません: { $reason }
rec-sim-state = 権限を確かめるか、`mynacard sim reset 名前` で最初の状態に戻してください。
err-timestamp-silent = タイムスタンプ局からタイムスタンプを受け取れません: { $answer }
rec-timestamp-silent = 何も書いていません。アドレス（http、10秒以内の返事）を確かめるか、なしで署名してください。
err-timestamp-unfit = タイムスタンプを信頼できません: { $reason } ({ $code })
rec-timestamp-unfit = 何も書いていません。もう一度試すか、別の局を使ってください。
err-trace-malformed = { $path } は mynacard の記録ではありません（{ $line }行目）
rec-trace-malformed = `--trace` で書き出したファイルを指定してください。
err-trust-issuer-key = { $path } は発行者の鍵ではありません
rec-trust-issuer-key = `key-id`、`modulus`、`exponent` の3行で、それぞれ16進数の文字列です。`mynacard sim pki フォルダー` で見本を書き出せます。
err-usage-wrong = { $text }
rec-usage-wrong = `{ $command } --help` で使い方が分かります。
err-web-eid-argument = サイトの要求の引数が正しくありません: { $problem }
rec-web-eid-argument = サイトの運営者が要求を直す必要があります。
err-web-eid-request = ブラウザーの要求を理解できません: { $problem }
rec-web-eid-request = 要求できるのは公開されている Web eID 拡張機能だけです。サイトか拡張機能が古すぎるか、新しすぎる可能性があります。

mend-decrypt = `qpdf --decrypt 元ファイル 新ファイル` で暗号化を解除し、新ファイルに署名してください。
mend-page = このファイルの最後のページは { $pages } ページです。あるページを選んでください。
mend-demand = 署名欄が /{ $entry } を要求しています。`--pades` や `--filing moj`（/SubFilter）や `--timestamp`（/TimeStamp）で満たすか、`--field` なしで署名してください。
mend-limit = このソフトの上限です。そのまま `--format cms` で署名してください。
mend-place = `--visible` で別の位置を指定してください。
mend-earlier = 既存の署名が壊れているか、署名を加えると壊れます。署名されたままのファイルを入手するか、そのまま `--format cms` で署名してください。
mend-rewrite = `qpdf --object-streams=disable 元ファイル 新ファイル` で書き直し、新ファイルの内容を確認してから署名してください（既存の署名は失われます）。または、そのまま `--format cms` で署名してください。
mend-plain = そのまま `--format cms` で署名してください。

http-broken = 返事が HTTP でないか、途中で切れています
http-no-connection = 接続できません
http-no-such-host = この名前のコンピューターがありません
http-status = HTTP の状態コード { $status } が返りました
http-timed-out = 10秒以内に返事がありません
http-too-long = 返事がタイムスタンプより長すぎます

reason-not-a-name = ファイルの名前にできません
reason-not-ours = このプログラムが書いたものではありません
reason-too-short = 短すぎます
reason-no-list = DER形式またはPEM形式の失効リストではないか、壊れています
reason-no-pinentry = pinentry というプログラムがありません
reason-no-issuer-key = 発行者の鍵（*.cvkey.toml）が入っていません

purpose-law-missing = 法令名がありません
purpose-law-unasked = この目的に法令名は付けません
purpose-law-name = 法令名として使えません

picture-broken = 読み取れる画像ではありません
picture-too-large = カードの画像としては大きすぎると書かれています
picture-colours = 未知の色の種類です

mistake-missing = ありません
mistake-unknown-resident = この名前の模擬カードはありません
mistake-name = a〜z、0〜9、ハイフンの1〜32文字で、英字で始めてください
mistake-text = 1〜{ $count }文字で、制御文字は使えません
mistake-digits = 数字{ $count }桁にしてください
mistake-flags = 文字ごとに0か1を1つ、合わせて{ $count }桁にしてください
mistake-answer-to-reset = 16進数で2〜33バイトにしてください
mistake-range = { $least }〜{ $most }にしてください
mistake-birth-date = 元号の数字（0〜5）と年月日 YYYYMMDD にしてください（不明なところは0）
mistake-sex = 1（男）、2（女）、3（不明）のどれかにしてください
mistake-check-digit = 検査用数字が違います。個人番号ではありえません
mistake-date = 2036-04-01 のような日付にしてください
mistake-instant = 2026-10-27T02:15:00Z のような協定世界時の時刻（2050年より前）にしてください
mistake-ends-before-it-begins = 発行の時刻より前です
mistake-pin-four-digits = 数字4桁にしてください
mistake-pin-password = 英大文字と数字で6〜16文字にしてください
mistake-attempts = カードの残り回数は最大{ $count }回です
mistake-file = { $file } を読めません
mistake-key = PEM（PKCS #8）の秘密鍵ではありません
mistake-certificate = DER の X.509 証明書ではありません
mistake-key-does-not-fit = 電子証明書が別の鍵のものです
mistake-keys = PEM の PKCS #8 で、2048 ビットの RSA 鍵を { $count } 個続けて入れてください
mistake-no-records = 記録を持つ模擬カードにこの名前はありません
mistake-profile = `mynacard probe` が書き出した形のファイルではありません
mistake-pictures = 画像が大きすぎてカードに入りません
mistake-signature-does-not-fit = 合わない署名があります。ファイルを指定しなければすべて署名し直されます
mistake-signatures = カードの記録の署名ではありません
mistake-licence = このマイナ免許証は書き込めません（値が長すぎる、免許の種類にない、または JIS X 0208 にない文字があります）
mistake-issue = 試験用の認証局はこの証明書を発行できません
